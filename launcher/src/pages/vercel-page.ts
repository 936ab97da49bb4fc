/**
 * The Command Center on Vercel: the exported files, deployed to production of a project of its own.
 *
 * Each deployment carries in its metadata whose it is and a digest of its files, so that Vercel is the only record: the
 * same page is not deployed twice, and a project of somebody else is left alone.
 */
import { createHash } from "node:crypto";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { RepoFile } from "../platforms/hub/hub-client.ts";
import type { RemoteFailure } from "../remote-call.ts";
import { jsonFile, pageConfigFile } from "./page-files.ts";
import type { PageHost, PageState } from "./page-host.ts";
import {
  createVercelProject,
  deleteVercelProject,
  deployToVercel,
  type ListedDeployment,
  sha1,
  type VercelAccess,
  type VercelDeployment,
  type VercelProject,
  vercelDeployment,
  vercelDeployments,
  vercelDomains,
  vercelProject,
} from "./vercel-rest.ts";

export interface VercelPageOptions {
  readonly vercel: VercelAccess;
  readonly project: string;
  /** Null while there is no operator key yet. */
  readonly operator: PublicKey | null;
  readonly pollMs: number;
  readonly timeoutMs: number;
}

const PROJECT_NAME = /^(?!.*---)[a-z0-9][a-z0-9._-]{0,99}$/;

export function vercelNameProblem(name: string): string | null {
  return PROJECT_NAME.test(name)
    ? null
    : `--cc-name ${name}: a Vercel project has up to 100 of a-z 0-9 . _ - and no "---"`;
}

/** Served beside the page: addresses without .html, and headers that a page cannot give itself. */
const SITE_CONFIG = {
  cleanUrls: true,
  headers: [
    {
      source: "/(.*)",
      headers: [
        { key: "X-Content-Type-Options", value: "nosniff" },
        { key: "X-Frame-Options", value: "DENY" },
        { key: "Referrer-Policy", value: "no-referrer" },
      ],
    },
    { source: "/config.json", headers: [{ key: "Cache-Control", value: "no-store" }] },
  ],
};

export function vercelPage(options: VercelPageOptions): PageHost {
  const { vercel, project: name } = options;
  return {
    name: "Vercel",
    label: name,
    stepTexts: [`create the Vercel project ${name}`, "deploy the Command Center to it"],
    observe: () => observe(options),
    async prepare() {
      const known = await vercelProject(vercel, name);
      if (!known.ok && known.error.kind !== "missing") return err(mend(known.error));
      if (!known.ok) {
        const created = await createVercelProject(vercel, name);
        if (!created.ok) return err(mend(created.error));
      }
      const url = await addressOf(options);
      if (!url.ok) return err(mend(url.error));
      return url.value === null ? err(`Vercel names no domain for the project ${name}`) : ok(url.value);
    },
    async deploy(files, config) {
      const project = await vercelProject(vercel, name);
      if (!project.ok) return err(mend(project.error));
      return await deploy(options, project.value, [
        ...files,
        pageConfigFile(config),
        jsonFile("vercel.json", SITE_CONFIG),
      ]);
    },
    async destroy() {
      const removed = await deleteVercelProject(vercel, name);
      if (removed.ok || removed.error.kind === "missing") return ok(undefined);
      return err(mend(removed.error));
    },
  };
}

async function observe(options: VercelPageOptions): Promise<Result<PageState, string>> {
  const project = await vercelProject(options.vercel, options.project);
  if (!project.ok)
    return project.error.kind === "missing" ? ok({ kind: "absent" }) : err(mend(project.error));
  const listed = await vercelDeployments(options.vercel, project.value.id);
  if (!listed.ok) return err(mend(listed.error));
  // A project without a deployment is one that a launch made before it failed, or an empty one.
  if (listed.value.length > 0 && !listed.value.some((one) => isOurs(one, options.operator))) {
    return ok({ kind: "foreign" });
  }
  const url = await addressOf(options);
  return url.ok ? ok({ kind: "ours", url: url.value }) : err(mend(url.error));
}

function isOurs({ meta }: ListedDeployment, operator: PublicKey | null): boolean {
  return operator !== null && meta?.synapseOperator === operator;
}

async function addressOf({ vercel, project }: VercelPageOptions) {
  const domains = await vercelDomains(vercel, project);
  if (!domains.ok) return domains;
  const [first] = domains.value;
  return { ok: true, value: first === undefined ? null : toUrl(first) } as const;
}

/** A name with a port is a test's; everything on Vercel is https. */
function toUrl(domain: string): string {
  return domain.includes("://") ? domain : `https://${domain}`;
}

async function deploy(
  options: VercelPageOptions,
  project: VercelProject,
  files: readonly RepoFile[],
): Promise<Result<"deployed" | "unchanged", string>> {
  const { vercel, operator } = options;
  const digest = digestOfFiles(files);
  const listed = await vercelDeployments(vercel, project.id);
  if (!listed.ok) return err(mend(listed.error));
  const newest = listed.value[0];
  if (newest?.meta?.synapseFiles === digest && (newest.readyState ?? newest.state) === "READY") {
    return ok("unchanged");
  }
  const meta = { synapseFiles: digest, synapseOperator: operator ?? "" };
  const created = await deployToVercel(vercel, project, files, meta);
  if (!created.ok) return err(mend(created.error));
  return await untilReady(options, created.value);
}

function digestOfFiles(files: readonly RepoFile[]): string {
  const lines = files.map(({ path, bytes }) => `${path}\0${sha1(bytes)}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex");
}

async function untilReady(
  { vercel, pollMs, timeoutMs }: VercelPageOptions,
  deployment: VercelDeployment,
): Promise<Result<"deployed", string>> {
  const startedAt = Date.now();
  let current = deployment;
  while (Date.now() - startedAt <= timeoutMs) {
    if (current.readyState === "READY") return ok("deployed");
    if (current.readyState === "ERROR" || current.readyState === "CANCELED") {
      return err(
        `Vercel ended the deployment with ${current.readyState}: ${current.errorMessage ?? "no reason given"}`,
      );
    }
    await Bun.sleep(pollMs);
    const asked = await vercelDeployment(vercel, deployment.id);
    if (asked.ok) current = asked.value;
  }
  return err(
    `Vercel had not finished within ${timeoutMs / 1000} s (${current.readyState}); run the same command again`,
  );
}

function mend({ kind, message }: RemoteFailure): string {
  if (kind === "unauthorised" || kind === "forbidden") {
    return `${message}. Check --vercel-token (vercel.com/account/tokens), and vercel_team where the project belongs to a team`;
  }
  return `${message}. Run the same command again, or choose another place with --cc-target`;
}
