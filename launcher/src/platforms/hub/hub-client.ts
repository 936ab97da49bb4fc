/**
 * The Hub as the launcher uses it: repositories through `@huggingface/hub`, with its exceptions turned into values.
 *
 * Every call goes through the same patient fetch. Repositories are compared by the ids that git gives to contents, so
 * that the Hub itself is the only record of what was deployed.
 */
import {
  type CommitOperation,
  commit,
  createRepo,
  deleteRepo,
  downloadFile,
  HubApiError,
  listFiles,
  listSpaces,
  whoAmI,
} from "@huggingface/hub";
import { ok } from "@synapse/shared/result.ts";
import { failureOf, type Remote, unreachable } from "../../remote-call.ts";
import type { HubAccess } from "./hub-rest.ts";

export interface HubAccount {
  readonly name: string;
  readonly isPaid: boolean;
  /** Organisations the account may act for. */
  readonly organisations: readonly { readonly name: string; readonly isPaid: boolean }[];
  /** `read`, `write`, `admin`, `fineGrained` …; null where the Hub does not say. */
  readonly tokenRole: string | null;
  /** Of a fine-grained token: who and what it may touch. */
  readonly scopes: readonly { readonly entity: string; readonly permissions: readonly string[] }[];
}

export type SpaceSdk = "docker" | "static";
export type Visibility = "public" | "protected" | "private";

/** One file of a repository, its contents in memory: a spore is a megabyte, the page a few. */
export interface RepoFile {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How the Hub names a file's contents. */
export interface RemoteFile {
  /** SHA-1 of the git blob. */
  readonly oid: string | null;
  /** SHA-256 of the contents, for files kept in large-file storage. */
  readonly sha256: string | null;
}

export async function hubAccount(hub: HubAccess): Promise<Remote<HubAccount>> {
  return await attempt(hub, "GET /api/whoami-v2", async () => {
    const me = await whoAmI(credentials(hub));
    const token = me.auth.accessToken as (typeof me.auth.accessToken & { fineGrained?: unknown }) | undefined;
    const user = me as Partial<{
      isPro: boolean;
      orgs: readonly { name: string; plan?: string; isEnterprise?: boolean }[];
    }>;
    return {
      name: me.name,
      isPaid: user.isPro === true,
      organisations: (user.orgs ?? []).map((org) => ({
        name: org.name,
        isPaid: org.isEnterprise === true || (org.plan !== undefined && org.plan !== "free"),
      })),
      tokenRole: token?.role ?? null,
      scopes: fineGrainedScopes(token?.fineGrained),
    };
  });
}

function fineGrainedScopes(fineGrained: unknown): HubAccount["scopes"] {
  const scoped = (fineGrained as { scoped?: unknown } | undefined)?.scoped;
  if (!Array.isArray(scoped)) return [];
  return scoped.flatMap((scope: { entity?: { name?: unknown }; permissions?: unknown }) =>
    typeof scope.entity?.name === "string" && Array.isArray(scope.permissions)
      ? [{ entity: scope.entity.name, permissions: scope.permissions.map(String) }]
      : [],
  );
}

export async function createSpace(
  hub: HubAccess,
  space: { id: string; sdk: SpaceSdk; visibility: Visibility; files: readonly RepoFile[] },
): Promise<Remote<unknown>> {
  return await attempt(hub, "POST /api/repos/create", () =>
    createRepo({
      ...credentials(hub),
      repo: { type: "space", name: space.id },
      sdk: space.sdk,
      visibility: space.visibility,
      files: space.files.map(({ path, bytes }) => ({ path, content: bytes.buffer })),
    }),
  );
}

export async function createPrivateDataset(hub: HubAccess, id: string): Promise<Remote<unknown>> {
  return await attempt(hub, "POST /api/repos/create", () =>
    createRepo({ ...credentials(hub), repo: { type: "dataset", name: id }, visibility: "private" }),
  );
}

export async function deleteSpace(hub: HubAccess, id: string): Promise<Remote<void>> {
  return await attempt(hub, "DELETE /api/repos/delete", () =>
    deleteRepo({ ...credentials(hub), repo: { type: "space", name: id } }),
  );
}

/** Ids of the owner's Spaces whose name has `query` in it. */
export async function spaceIds(
  hub: HubAccess,
  owner: string,
  query: string,
): Promise<Remote<readonly string[]>> {
  return await attempt(hub, "GET /api/spaces", async () => {
    const ids: string[] = [];
    for await (const { name } of listSpaces({ ...credentials(hub), search: { owner, query } }))
      ids.push(name);
    return ids;
  });
}

/** What the repository holds, by path. */
export async function repoFiles(
  hub: HubAccess,
  id: string,
): Promise<Remote<ReadonlyMap<string, RemoteFile>>> {
  return await attempt(hub, `GET /api/spaces/${id}/tree/main`, async () => {
    const files = new Map<string, RemoteFile>();
    const listed = listFiles({ ...credentials(hub), repo: { type: "space", name: id }, recursive: true });
    for await (const { type, path, oid, lfs } of listed) {
      if (type === "file") files.set(path, { oid: oid ?? null, sha256: lfs?.oid ?? null });
    }
    return files;
  });
}

/** @returns null where there is no such file */
export async function repoText(hub: HubAccess, id: string, path: string): Promise<Remote<string | null>> {
  return await attempt(hub, `GET /spaces/${id}/resolve/main/${path}`, async () => {
    const blob = await downloadFile({ ...credentials(hub), repo: { type: "space", name: id }, path });
    return blob === null ? null : await blob.text();
  });
}

/** All changes in one commit: one build, and never half of a version. */
export async function commitFiles(
  hub: HubAccess,
  id: string,
  change: { readonly title: string; readonly put: readonly RepoFile[]; readonly remove: readonly string[] },
): Promise<Remote<unknown>> {
  const operations: CommitOperation[] = [
    ...change.put.map(({ path, bytes }) => ({
      operation: "addOrUpdate" as const,
      path,
      content: new Blob([bytes]),
    })),
    ...change.remove.map((path) => ({ operation: "delete" as const, path })),
  ];
  return await attempt(hub, `POST /api/spaces/${id}/commit/main`, () =>
    commit({ ...credentials(hub), repo: { type: "space", name: id }, title: change.title, operations }),
  );
}

function credentials(hub: HubAccess) {
  return { accessToken: hub.token, hubUrl: hub.url, fetch: hub.fetch as typeof fetch };
}

async function attempt<T>(hub: HubAccess, what: string, work: () => Promise<T>): Promise<Remote<T>> {
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof HubApiError) {
      return { ok: false, error: failureOf(error.statusCode, what, error.data, error.message, [hub.token]) };
    }
    return { ok: false, error: unreachable(new URL(hub.url).host, error) };
  }
}
