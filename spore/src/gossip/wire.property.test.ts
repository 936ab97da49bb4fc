/** The wire decoders on honest, mutated and random bytes: a value of the right shape or an error, never a throw. */
import { describe, expect, test } from "bun:test";
import { constants, createZstdCompress } from "node:zlib";
import { encode } from "cborg";
import fc from "fast-check";
import { acceptedCoding, decodeBody, encodeBody } from "./body.ts";
import { KINDS, REPLY_BYTES_MAX, REQUEST_BYTES_MAX, replySchemas, requestSchemas } from "./wire.ts";
import { type Message, mangled, replies, requests } from "./wire-messages.fixture.ts";

const SIGNED = "A".repeat(86);
const schemas = KINDS.flatMap((kind) => [requestSchemas[kind], replySchemas[kind]]);
const messages: readonly {
  readonly name: string;
  readonly honest: fc.Arbitrary<Message>;
  readonly schema: (typeof schemas)[number];
  readonly max: number;
}[] = KINDS.flatMap((kind) => [
  { name: `request ${kind}`, honest: requests[kind], schema: requestSchemas[kind], max: REQUEST_BYTES_MAX },
  { name: `reply ${kind}`, honest: replies[kind], schema: replySchemas[kind], max: REPLY_BYTES_MAX },
]);

describe.each(messages)("$name", ({ honest, schema, max }) => {
  /** A value of the right shape, which says the same when it is sent on, or an error; never a throw. */
  function expectSound(body: Uint8Array): void {
    const decoded = decodeBody(body, null, max, schema);
    if (!decoded.ok) expect(["malformed", "too_large"]).toContain(decoded.error.kind);
    else {
      const again = decodeBody(encodeBody(decoded.value as object, false).bytes, null, max, schema);
      expect(again).toEqual(decoded);
    }
  }

  test("what was encoded decodes to itself, packed or not", () => {
    fc.assert(
      fc.property(honest, fc.boolean(), fc.constantFrom("gzip", "zstd"), (message, compressible, coding) => {
        const body = encodeBody(message, compressible, coding);
        const decoded = decodeBody(body.bytes, body.encoding, max, schema);
        expect(decoded).toEqual({ ok: true, value: message as never });
      }),
    );
  });

  test("is written as a general encoder writes it, to the byte", () => {
    fc.assert(
      fc.property(honest, (message) => {
        expect(encodeBody(message, false).bytes).toEqual(new Uint8Array(encode(message)));
      }),
    );
  });

  test("changed bytes, cut ends and appended ones decode to their shape or to an error", () => {
    const mutation = fc.tuple(fc.nat(), fc.nat(255));
    const wound = fc.record({
      bytes: fc.array(mutation, { maxLength: 6 }),
      cut: fc.option(fc.nat()),
      more: fc.uint8Array({ maxLength: 4 }),
    });
    fc.assert(
      fc.property(honest, wound, (message, { bytes, cut, more }) => {
        const body = encode(message);
        for (const [at, value] of bytes) body[at % body.length] = value;
        expectSound(
          new Uint8Array([...body.subarray(0, cut === null ? body.length : cut % body.length), ...more]),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("a member more or less is refused", () => {
    fc.assert(
      fc.property(honest, fc.nat(), fc.string({ maxLength: 8 }), (message, at, name) => {
        const names = Object.keys(message).filter((key) => key !== "sym" || !("v" in message));
        const { [names[at % names.length] ?? ""]: _, ...less } = message;
        expect(decodeBody(encode(less), null, max, schema).ok).toBe(false);
        fc.pre(!(name in message));
        // Not by assignment: `__proto__` is to be a member like any other.
        const more = Object.fromEntries([...Object.entries(message), [name, 1]]);
        expect(decodeBody(encode(more), null, max, schema).ok).toBe(false);
      }),
    );
  });

  test("strange values anywhere inside decode to the right shape or to an error", () => {
    fc.assert(
      fc.property(mangled(honest), (message) => expectSound(encode(message))),
      { numRuns: 200 },
    );
  });
});

describe("wire", () => {
  test("text of any length and kind, and numbers of any size, are written as a general encoder writes them", () => {
    const edges = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\ud800", "a\udc00\ud800", ""));
    const long = fc.tuple(text, fc.constantFrom(1, 23, 256, 70_000)).map(([unit, n]) => unit.repeat(n));
    const member = fc.oneof(long, fc.constantFrom(...edges), fc.uint8Array({ maxLength: 300 }), fc.boolean());
    const list = fc.array(fc.oneof(member, fc.constant(null), fc.array(member, { maxLength: 30 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(list, (value) => {
        const message = { list: value, absent: undefined, n: 1, inner: { bb: 1, a: 2, ab: 3 } };
        const { bytes } = encodeBody(message, false);
        expect(Buffer.from(bytes).equals(encode(message, { ignoreUndefinedProperties: true }))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test.each([1.5, -1, Number.NaN, 2 ** 53, 1n, () => 0])("a message cannot hold %p", (value) => {
    expect(() => encodeBody({ value }, false)).toThrow();
  });

  test("random bytes, packed or not, never throw", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(null, "gzip", "zstd", "br", ""),
        (body, encoding) => {
          for (const schema of schemas) decodeBody(body, encoding, REPLY_BYTES_MAX, schema);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("any JSON-like value is refused unless it has the shape", () => {
    fc.assert(
      fc.property(fc.object({ withBigInt: false }), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as object;
        expect(decodeBody(encode(plain), null, REQUEST_BYTES_MAX, requestSchemas.put).ok).toBe(false);
      }),
    );
  });

  test("an idle round costs at most 64 bytes of bodies", () => {
    const ask = encodeBody({ v: 1, in: 0, root: new Uint8Array(32), n: 1_000_000 }, false);
    const equal = encodeBody({ is: "equal" }, true);
    expect(ask.bytes.byteLength + equal.bytes.byteLength).toBeLessThanOrEqual(64);
  });

  test("large messages shrink by either coding, and what was cut short is refused", () => {
    const items = Array.from({ length: 40 }, (_, i) => [`a memory of the river and the bridge ${i}`, SIGNED]);
    const message = { items, more: false };
    for (const coding of ["gzip", "zstd"] as const) {
      const { bytes, encoding } = encodeBody(message, true, coding);
      expect([encoding, bytes.byteLength < 1_000]).toEqual([coding, true]);
      const read = (part: Uint8Array) => decodeBody(part, encoding, REPLY_BYTES_MAX, replySchemas.want);
      expect(read(bytes)).toEqual({ ok: true, value: message as never });
      for (let end = 0; end < bytes.byteLength; end += 7) expect(read(bytes.subarray(0, end)).ok).toBe(false);
    }
  });

  test("zstd is for those who name it", () => {
    const named = ["zstd", "zstd, gzip", "gzip;q=0.5,ZSTD ; q=1", "br, zstd;q=0.1"];
    const others = [null, "", "gzip", "gzip, deflate, br", "zstd;q=0", "zstd;q=0.00, gzip", "xzstd", "*"];
    expect(named.map(acceptedCoding)).toEqual(named.map(() => "zstd"));
    expect(others.map(acceptedCoding)).toEqual(others.map(() => "gzip"));
  });

  test("a frame that asks for a larger window than any body needs is refused", async () => {
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    const parts: Buffer[] = [];
    const packer = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 27 } });
    packer.on("data", (part: Buffer) => parts.push(part));
    packer.on("end", () => resolve(Buffer.concat(parts)));
    // Flushed in between: only then is the length unknown, and the window that of the settings.
    packer.write(Buffer.alloc(1_000, "abc"));
    packer.flush(() => packer.end(encode({ items: [], more: false })));
    const body = new Uint8Array(await promise);
    // Bits 3 to 7 of the window descriptor, and ten: 128 MiB.
    expect(10 + ((body[5] ?? 0) >> 3)).toBe(27);
    const decoded = decodeBody(body, "zstd", REPLY_BYTES_MAX, replySchemas.want);
    expect(decoded).toMatchObject({ ok: false, error: { message: "not valid zstd" } });
  });

  test.each(["gzip", "zstd"] as const)("a %s bomb stops at the cap", (coding) => {
    const zeros = new Uint8Array(200_000_000);
    const bomb = new Uint8Array(coding === "gzip" ? Bun.gzipSync(zeros) : Bun.zstdCompressSync(zeros));
    const before = process.memoryUsage().rss;
    const decoded = decodeBody(bomb, coding, REQUEST_BYTES_MAX, requestSchemas.put);
    expect(decoded).toMatchObject({ ok: false, error: { kind: "too_large" } });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });
});
