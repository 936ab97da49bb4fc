/**
 * The process that serves the Command Center on this machine. Configured by environment: PAGE_FOLDER (the static
 * export), PAGE_CONFIG (config.json as text), PORT. Loopback only: whoever wants it elsewhere deploys it there.
 */
import { pageConfigSchema } from "@synapse/shared/contract/swarm-file.ts";
import { respondToPageRequest } from "./page-response.ts";

const folder = process.env.PAGE_FOLDER;
const port = Number(process.env.PORT);
if (folder === undefined || !Number.isInteger(port)) throw new Error("PAGE_FOLDER and PORT must be set");
const config = pageConfigSchema.parse(JSON.parse(process.env.PAGE_CONFIG ?? "null"));

const server = Bun.serve({
  hostname: "127.0.0.1",
  port,
  fetch: (request) => respondToPageRequest(request, { folder, config }),
});
process.stdout.write(`serving ${folder} on ${server.url}\n`);

const stop = () => {
  void server.stop(true).then(() => process.exit(0));
};
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
