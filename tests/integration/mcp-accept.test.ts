/** `POST /mcp` by hand, as curl and simple clients send it: whoever takes both forms of an answer, in whatever words, gets one. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { request } from "node:http";
import { cleanUp, startTestSpore, type TestSpore } from "../support/swarm.ts";

// Real processes on busy machines; the limit only ends what hangs.
setDefaultTimeout(120_000);

let spore: TestSpore;
beforeAll(async () => {
  spore = await startTestSpore();
});
afterAll(cleanUp);

/** `fetch` always sends an `accept`; this sends the one given, or none. */
function list(accept: string | null): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${spore.url}/mcp`,
      {
        method: "POST",
        headers: { "content-type": "application/json", ...(accept === null ? {} : { accept }) },
      },
      (reply) => {
        let text = "";
        reply.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        reply.on("end", () => resolve({ status: reply.statusCode ?? 0, text }));
      },
    );
    call.on("error", reject);
    call.end(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }));
  });
}

for (const accept of [
  "*/*",
  null,
  "application/json, */*",
  "application/json, text/*;q=0.5",
  "application/json, text/event-stream",
  "text/event-stream;q=0.9, */*;q=0.1",
]) {
  test(`accept: ${accept ?? "(not sent)"}`, async () => {
    const { status, text } = await list(accept);
    expect([status, text]).toEqual([200, expect.stringContaining("query_memory")]);
  });
}

for (const accept of ["application/json", "text/html", "text/event-stream;q=0, */*", ""]) {
  test(`accept: ${accept || "(empty)"} leaves nothing to answer with`, async () => {
    expect((await list(accept)).status).toBe(406);
  });
}
