/** What is said once everything is healthy: where it is, and what to do with it. Pure. */
import type { SwarmFile } from "@synapse/shared/contract/swarm-file.ts";
import { shellQuoted, tableLines } from "../../output.ts";

export interface AnnouncementInput {
  readonly swarm: SwarmFile;
  readonly token: string;
  readonly dataDir: string;
  readonly root: string;
  /** `--data-dir …` where the data dir is not the default one, else empty. */
  readonly dataDirFlag: string;
  readonly bold: (text: string) => string;
}

export function announcementLines(input: AnnouncementInput): string[] {
  const { swarm, bold } = input;
  const [first] = swarm.spores;
  const page = swarm.commandCenter;
  const flag = input.dataDirFlag === "" ? "" : ` ${input.dataDirFlag}`;
  return [
    bold("Spores"),
    ...indented(
      tableLines(
        swarm.spores.map(({ id, role, url, pid, repo }) => [
          id,
          role,
          url,
          pid === null ? (repo ?? "") : `pid ${pid}`,
        ]),
      ),
    ),
    ...(page === null
      ? []
      : [
          "",
          bold("Command Center"),
          `  ${page.url}`,
          "  with your token, which the page keeps for this browser session only:",
          `  ${page.url}/#token=${encodeURIComponent(input.token)}`,
        ]),
    "",
    bold("Give it something to remember, then ask"),
    `  bun run remember <file or folder>${flag}`,
    `  bun run ask "What do my notes say about …?"${flag}`,
    "",
    bold("The same with curl"),
    `  ${curlLine(first?.url ?? "", swarm.operator.tokenFile)}`,
    "",
    bold("For an MCP client"),
    ...indented(mcpSnippet(input.root, input.dataDir).split("\n")),
    "",
    swarm.target === "hf"
      ? "bun run launch status, logs, down (pauses the Spaces) and destroy look after it; a second launch changes only what differs."
      : `Logs are in ${shellQuoted(`${input.dataDir}/logs`)}. Ctrl-C stops everything; what was remembered stays.`,
  ];
}

/** Works by paste in any POSIX shell; the token is read from its file and stands in no process's arguments. */
function curlLine(url: string, tokenFile: string): string {
  return (
    `printf 'header = "Authorization: Bearer %s"\\n' "$(cat ${shellQuoted(tokenFile)})" | ` +
    `curl -sS -K - ${url}/api/task -H 'Content-Type: application/json' -d '{"task":"What do you remember?"}'`
  );
}

function mcpSnippet(root: string, dataDir: string): string {
  return JSON.stringify(
    {
      mcpServers: {
        synapse: { command: "bun", args: [`${root}/launcher/src/main.ts`, "mcp", "--data-dir", dataDir] },
      },
    },
    null,
    2,
  );
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
