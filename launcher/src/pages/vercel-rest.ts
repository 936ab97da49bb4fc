/**
 * The part of Vercel's REST interface that a static page needs (vercel.com/docs/rest-api), typed.
 *
 * Files are named by their SHA-1: a deployment lists them, Vercel answers which ones it lacks, those are uploaded, and the
 * deployment is asked for again.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { RepoFile } from "../platforms/hub/hub-client.ts";
import { callRemote, type patientFetch, type Remote } from "../remote-call.ts";

export const VERCEL_API = "https://api.vercel.com";

export interface VercelAccess {
  readonly url: string;
  readonly token: string;
  readonly team: string | null;
  readonly fetch: ReturnType<typeof patientFetch>;
}

const projectSchema = z.looseObject({ id: z.string(), name: z.string() });
export type VercelProject = z.infer<typeof projectSchema>;

const domainsSchema = z.looseObject({
  domains: z.array(
    z.looseObject({ name: z.string(), verified: z.boolean().nullish(), redirect: z.string().nullish() }),
  ),
});

const deploymentSchema = z.looseObject({
  id: z.string(),
  readyState: z.string(),
  aliasAssigned: z.union([z.boolean(), z.number()]).nullish(),
  errorMessage: z.string().nullish(),
});
export type VercelDeployment = z.infer<typeof deploymentSchema>;

const deploymentsSchema = z.looseObject({
  deployments: z.array(
    z.looseObject({
      uid: z.string(),
      readyState: z.string().nullish(),
      state: z.string().nullish(),
      meta: z.record(z.string(), z.unknown()).nullish(),
    }),
  ),
});
export type ListedDeployment = z.infer<typeof deploymentsSchema>["deployments"][number];

const missingFilesSchema = z.looseObject({
  error: z.looseObject({ code: z.literal("missing_files"), missing: z.array(z.string()) }),
});

const anything = z.unknown();

export function vercelProject(vercel: VercelAccess, name: string): Promise<Remote<VercelProject>> {
  return call(vercel, "GET", `/v9/projects/${encodeURIComponent(name)}`, projectSchema);
}

export function createVercelProject(vercel: VercelAccess, name: string): Promise<Remote<VercelProject>> {
  return call(vercel, "POST", "/v11/projects", projectSchema, { name, framework: null });
}

export function deleteVercelProject(vercel: VercelAccess, name: string): Promise<Remote<unknown>> {
  return call(vercel, "DELETE", `/v9/projects/${encodeURIComponent(name)}`, anything);
}

/** Host names of production, the shortest first: the one people are given, before those that belong to one deployment. */
export async function vercelDomains(vercel: VercelAccess, name: string): Promise<Remote<readonly string[]>> {
  const found = await call(vercel, "GET", `/v9/projects/${encodeURIComponent(name)}/domains`, domainsSchema);
  if (!found.ok) return found;
  const usable = found.value.domains.filter(({ redirect, verified }) => !redirect && verified !== false);
  return { ok: true, value: usable.map((domain) => domain.name).sort((a, b) => a.length - b.length) };
}

/** Production deployments, newest first. */
export async function vercelDeployments(
  vercel: VercelAccess,
  projectId: string,
): Promise<Remote<readonly ListedDeployment[]>> {
  const path = `/v7/deployments?projectId=${encodeURIComponent(projectId)}&target=production&limit=10`;
  const found = await call(vercel, "GET", path, deploymentsSchema);
  return found.ok ? { ok: true, value: found.value.deployments } : found;
}

export function vercelDeployment(vercel: VercelAccess, id: string): Promise<Remote<VercelDeployment>> {
  return call(vercel, "GET", `/v13/deployments/${encodeURIComponent(id)}`, deploymentSchema);
}

export function sha1(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}

/** Static files for production: nothing is built there. `meta` comes back in every list of deployments. */
export async function deployToVercel(
  vercel: VercelAccess,
  project: VercelProject,
  files: readonly RepoFile[],
  meta: Readonly<Record<string, string>>,
): Promise<Remote<VercelDeployment>> {
  const body = {
    name: project.name,
    project: project.id,
    target: "production",
    files: files.map(({ path, bytes }) => ({ file: path, sha: sha1(bytes), size: bytes.length })),
    projectSettings: {
      framework: null,
      buildCommand: null,
      installCommand: null,
      outputDirectory: null,
      rootDirectory: null,
    },
    meta,
  };
  const path = "/v13/deployments?skipAutoDetectionConfirmation=1";
  const first = await call(vercel, "POST", path, deploymentSchema, body);
  if (first.ok) return first;
  const missing = missingFilesSchema.safeParse(first.error.body);
  if (!missing.success) return first;
  const wanted = new Set(missing.data.error.missing);
  for (const { bytes } of files) {
    const digest = sha1(bytes);
    if (!wanted.delete(digest)) continue;
    const uploaded = await uploadToVercel(vercel, digest, bytes);
    if (!uploaded.ok) return uploaded;
  }
  return await call(vercel, "POST", path, deploymentSchema, body);
}

function uploadToVercel(
  vercel: VercelAccess,
  digest: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Remote<unknown>> {
  return callRemote(
    vercel.fetch,
    {
      method: "POST",
      url: withTeam(vercel, "/v2/files"),
      token: vercel.token,
      bytes,
      headers: { "Content-Type": "application/octet-stream", "x-vercel-digest": digest },
    },
    anything,
  );
}

function call<T>(
  vercel: VercelAccess,
  method: "GET" | "POST" | "DELETE",
  path: string,
  schema: z.ZodType<T>,
  json?: unknown,
): Promise<Remote<T>> {
  const request = {
    method,
    url: withTeam(vercel, path),
    token: vercel.token,
    ...(json === undefined ? {} : { json }),
  };
  return callRemote(vercel.fetch, request, schema);
}

function withTeam({ url, team }: VercelAccess, path: string): string {
  const full = new URL(`${url}${path}`);
  if (team !== null) full.searchParams.set(team.startsWith("team_") ? "teamId" : "slug", team);
  return full.href;
}
