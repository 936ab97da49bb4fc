/**
 * A stolen URL: nobody joins under an address at which another key answers, or under one that must not be called.
 */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { swarmSchema } from "@synapse/shared/contract/status.ts";
import { Joiner } from "../support/joiner.ts";
import { freePort } from "../support/spore-process.ts";
import { cleanUp, startTestSpore } from "../support/swarm.ts";

setDefaultTimeout(120_000);
afterAll(cleanUp);

test("somebody else's URL is refused, and so is one that must not be called", async () => {
  const host = await startTestSpore();
  const victim = await startTestSpore({ index: 3 });
  const joiner = new Joiner({ url: victim.url });
  expect(await joiner.join(host.url)).toMatchObject({
    status: 403,
    body: { error: { code: "url_not_proven", message: `another spore answers at ${victim.url}` } },
  });
  const nobody = new Joiner({ url: `http://127.0.0.1:${await freePort()}` });
  expect(await nobody.join(host.url)).toMatchObject({
    status: 403,
    body: { error: { code: "url_not_proven" } },
  });
  for (const url of ["http://169.254.169.254", "https://10.0.0.1", "http://example.com"]) {
    expect(await new Joiner({ url }).join(host.url)).toMatchObject({
      status: 403,
      body: { error: { code: "url_not_proven" } },
    });
  }
  // Reached by its key alone, it is taken, but nobody is sent to that address.
  const local = new Joiner({ url: "http://192.168.7.7:7860" });
  expect(await local.join(host.url, { reach: "key" })).toMatchObject({ status: 200 });
  const { nodes } = swarmSchema.parse(await host.json("/api/swarm"));
  expect(nodes.find(({ id }) => id === local.key.publicKey)?.url).toBeNull();
  // Not a way round the proof for a URL that could be called.
  const sly = new Joiner({ url: victim.url });
  expect(await sly.join(host.url, { reach: "key" })).toMatchObject({ status: 403 });
});
