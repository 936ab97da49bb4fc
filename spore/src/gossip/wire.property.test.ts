/** The wire decoders on honest, mutated and random bytes: a value of the right shape or an error, never a throw. */
import { describe, expect, test } from "bun:test";
import { encode } from "cborg";
import fc from "fast-check";
import { decodeBody, encodeBody } from "./body.ts";
import { KINDS, REPLY_BYTES_MAX, REQUEST_BYTES_MAX, replySchemas, requestSchemas } from "./wire.ts";

const schemas = KINDS.flatMap((kind) => [requestSchemas[kind], replySchemas[kind]]);
const bytes = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });
const compare = fc.record(
  { v: fc.constant(1), in: fc.nat(2), root: bytes(32), n: fc.nat(), sym: bytes(14 * 5) },
  { requiredKeys: ["v", "in", "root", "n"] },
);

describe("wire", () => {
  test("what was encoded decodes to itself, packed or not", () => {
    fc.assert(
      fc.property(compare, fc.boolean(), (message, compressible) => {
        const body = encodeBody(message, compressible);
        const decoded = decodeBody(body.bytes, body.encoding, REQUEST_BYTES_MAX, requestSchemas.compare);
        expect(decoded).toEqual({ ok: true, value: message as never });
      }),
    );
  });

  test("mutated messages decode to their shape or to an error", () => {
    const mutation = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(compare, fc.array(mutation, { minLength: 1, maxLength: 6 }), (message, mutations) => {
        const body = encode(message);
        for (const [at, value] of mutations) body[at % body.length] = value;
        for (const schema of schemas) {
          const decoded = decodeBody(body, null, REQUEST_BYTES_MAX, schema);
          if (!decoded.ok) expect(["malformed", "too_large"]).toContain(decoded.error.kind);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("random bytes, packed or not, never throw", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(null, "gzip", "br", ""),
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

  test("a decompression bomb stops at the cap", () => {
    const bomb = new Uint8Array(Bun.gzipSync(new Uint8Array(200_000_000)));
    const before = process.memoryUsage().rss;
    const decoded = decodeBody(bomb, "gzip", REQUEST_BYTES_MAX, requestSchemas.put);
    expect(decoded).toMatchObject({ ok: false, error: { kind: "too_large" } });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });
});
