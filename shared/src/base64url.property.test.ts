import { expect, test } from "bun:test";
import fc from "fast-check";
import { base64urlToBytes, bytesToBase64url } from "./base64url.ts";

test("gives the bytes back, and agrees with the platform's own encoder", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = bytesToBase64url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString("base64url"));
      expect(base64urlToBytes(text)).toEqual(new Uint8Array(bytes));
    }),
  );
});

test("bytes have one spelling: every text is refused, or is the one its bytes would get", () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."ABCabc019_-") }),
    fc.string({ unit: fc.constantFrom(..."AB=+/ _-\n") }),
    fc.string(),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      const bytes = base64urlToBytes(candidate);
      if (bytes !== null) expect(bytesToBase64url(bytes)).toBe(candidate);
    }),
  );
});

test.each(["A", "AB==", "AB=", "AB", "A+", "A/", "A A", "AAAAA", "é"])("refuses %p", (text) => {
  // "AB" leaves bits over that are not zero: "AA" is how that byte is written.
  expect(base64urlToBytes(text)).toBeNull();
});
