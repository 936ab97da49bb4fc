/** Memories, tasks and receipts as MCP resources: a client lists the newest and reads any by its id. */
import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  ResourceTemplate,
  type Variables,
} from "@modelcontextprotocol/server";
import { contentOf } from "@synapse/shared/contract/entry.ts";
import type { HttpDeps } from "../http/deps.ts";
import { HttpError } from "../http/errors.ts";
import { entryDetail, labelsFor, receiptOf, SEARCHED_KINDS, taskDetail } from "../http/reading.ts";
import { proposalsOf } from "../http/routes/sentinel.ts";
import { refusalText } from "./tool.ts";

/** Shown of each kind; the tools page through the rest. */
const LISTED_MAX = 50;
const TITLE_CHARS = 80;
const JSON_TYPE = "application/json";

/** What a client may read, by the URI template it is read by. */
export const RESOURCE_TEMPLATES = {
  memory: "synapse://memory/{id}",
  task: "synapse://task/{id}",
  receipt: "synapse://task/{id}/receipt",
} as const;

/** What is there once, whatever the memory holds. */
const RESOURCES = { cognition: "synapse://cognition", proposals: "synapse://proposals" } as const;

export function registerResources(server: McpServer, deps: HttpDeps, authorised: boolean): void {
  const read =
    (load: (id: string) => Promise<unknown>) =>
    async (uri: URL, { id }: Variables): Promise<ReadResourceResult> => {
      try {
        const text = JSON.stringify(await load(String(id)));
        return { contents: [{ uri: uri.href, mimeType: JSON_TYPE, text }] };
      } catch (cause) {
        if (cause instanceof HttpError && cause.code === "not_found") {
          throw new ResourceNotFoundError(uri.href, cause.message);
        }
        const code =
          cause instanceof HttpError ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
        throw new ProtocolError(code, refusalText(cause, uri.href, deps));
      }
    };

  server.registerResource(
    "memory",
    new ResourceTemplate(RESOURCE_TEMPLATES.memory, {
      list: async () => {
        const labels = labelsFor(undefined, authorised);
        const recent = await deps.store.recent({ kinds: SEARCHED_KINDS, labels }, LISTED_MAX);
        return {
          resources: recent.filter(deps.replica.isVisible).map(({ id, entry }) => ({
            uri: `synapse://memory/${id}`,
            name: id,
            title: titleOf(contentOf(entry) ?? entry.kind),
            mimeType: JSON_TYPE,
          })),
        };
      },
    }),
    { title: "Memory", description: "A signed entry with its parents and children", mimeType: JSON_TYPE },
    read((id) => entryDetail(deps, id, authorised)),
  );
  server.registerResource(
    "task",
    new ResourceTemplate(RESOURCE_TEMPLATES.task, {
      list: async () => {
        const { tasks } = await deps.tasks.list({ limit: LISTED_MAX, publicOnly: !authorised });
        return {
          resources: tasks.map(({ task_id, description, status }) => ({
            uri: `synapse://task/${task_id}`,
            name: task_id,
            title: titleOf(description),
            description: status,
            mimeType: JSON_TYPE,
          })),
        };
      },
    }),
    { title: "Task", description: "A task with all that was said about it", mimeType: JSON_TYPE },
    read((id) => taskDetail(deps, id, authorised)),
  );
  server.registerResource(
    "receipt",
    new ResourceTemplate(RESOURCE_TEMPLATES.receipt, { list: undefined }),
    { title: "Receipt", description: "Everything an answer rests on, signed", mimeType: JSON_TYPE },
    read((id) => receiptOf(deps, id, authorised)),
  );
  const about = (name: keyof typeof RESOURCES, title: string, load: () => Promise<unknown>) =>
    server.registerResource(name, RESOURCES[name], { title, mimeType: JSON_TYPE }, async (uri) => ({
      contents: [{ uri: uri.href, mimeType: JSON_TYPE, text: JSON.stringify(await load()) }],
    }));
  about("cognition", "What the spore thinks unasked", async () => deps.cognition.state(authorised));
  about("proposals", "What the Sentinel proposes; the commander decides", () =>
    proposalsOf(deps, authorised),
  );
}

/** The beginning, on one line. */
function titleOf(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= TITLE_CHARS ? line : `${line.slice(0, TITLE_CHARS - 1).toWellFormed()}…`;
}
