/**
 * bootstrap.json: the seeds through which a new spore finds the network, and the network they belong to.
 *
 * 1. A seed is an https origin, no path: a list that anybody may read must not send spores over plain http. A list on
 *    one's own disk may (localBootstrapSchema): spores of one's own network often have no certificate for TLS.
 * 2. Its operator key is named, so that whoever takes over the address cannot pose as the seed.
 * 3. A URL (normalised, see seedUrlKey) stands in the list once.
 * 4. An empty list is valid: it says that no public seed is known.
 */
import { z } from "zod";
import { publicKeySchema } from "./entry.ts";
import { networkSchema } from "./federation.ts";

/** More seeds than a start needs; a longer list is a registry, which this is not. */
export const SEEDS_MAX = 1_000;

const seedSchemaOf = (protocol: RegExp, error: string) =>
  z.strictObject({
    url: z
      .url({ protocol, error })
      .max(500)
      .refine(isOrigin, "must be an origin: no user, path, query or fragment"),
    /** The operator key (base64url Ed25519) whose certificate the spore at the URL must carry. */
    operator: publicKeySchema,
    name: z.string().min(1).max(100).optional(),
    /** Who proposed the seed, as a contact for removal. */
    added_by: z.string().min(1).max(100).optional(),
  });

export const bootstrapSeedSchema = seedSchemaOf(/^https$/, "must be an https URL");
export type BootstrapSeed = z.infer<typeof bootstrapSeedSchema>;

const listSchemaOf = (seed: typeof bootstrapSeedSchema) =>
  z
    .strictObject({
      version: z.literal(1),
      network: networkSchema,
      note: z.string().max(500).optional(),
      seeds: z.array(seed).max(SEEDS_MAX),
    })
    .superRefine((bootstrap, context) => {
      const firstByUrl = new Map<string, number>();
      for (const [index, { url }] of bootstrap.seeds.entries()) {
        if (!URL.canParse(url)) continue;
        const key = seedUrlKey(url);
        const first = firstByUrl.get(key);
        if (first === undefined) firstByUrl.set(key, index);
        else {
          context.addIssue({
            code: "custom",
            path: ["seeds", index, "url"],
            message: `is the same seed as seeds[${first}] (${key})`,
          });
        }
      }
    });

export const bootstrapSchema = listSchemaOf(bootstrapSeedSchema);
/** For a list that never leaves the machine or network of whoever wrote it. */
export const localBootstrapSchema = listSchemaOf(seedSchemaOf(/^https?$/, "must be an https or http URL"));
export type Bootstrap = z.infer<typeof bootstrapSchema>;

function isOrigin(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password, pathname, search, hash } = new URL(url);
  return username === "" && password === "" && pathname === "/" && search === "" && hash === "";
}

/** One spelling for one seed: host in lower case, no default port, no trailing slash, no query or fragment. */
export function seedUrlKey(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/+$/, "")}`;
}

/**
 * Where the list of a repository is read from, or null for a repository that is not on GitHub.
 * @param repository the `repository.url` of package.json, such as `git+https://github.com/owner/name.git`
 */
export function bootstrapUrlOfRepository(repository: string): string | null {
  const match = /github\.com[/:]([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(repository);
  return match === null
    ? null
    : `https://raw.githubusercontent.com/${match[1]}/${match[2]}/main/bootstrap.json`;
}
