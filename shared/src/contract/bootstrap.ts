/**
 * bootstrap.json: the seeds through which a new spore finds the network, and the network they belong to.
 *
 * 1. A seed is an https URL: a list that anybody may read must not send spores over plain http.
 * 2. Its operator key is named, so that whoever takes over the address cannot pose as the seed.
 * 3. A URL (normalised, see seedUrlKey) stands in the list once.
 * 4. An empty list is valid: it says that no public seed is known.
 */
import { z } from "zod";
import { publicKeySchema } from "./entry.ts";

/** More seeds than a start needs; a longer list is a registry, which this is not. */
export const SEEDS_MAX = 1_000;

export const bootstrapSeedSchema = z.strictObject({
  url: z.url({ protocol: /^https$/, error: "must be an https URL" }).max(500),
  /** The operator key (base64url Ed25519) whose certificate the spore at the URL must carry. */
  operator: publicKeySchema,
  name: z.string().min(1).max(100).optional(),
  /** Who proposed the seed, as a contact for removal. */
  added_by: z.string().min(1).max(100).optional(),
});
export type BootstrapSeed = z.infer<typeof bootstrapSeedSchema>;

export const bootstrapSchema = z
  .strictObject({
    version: z.literal(1),
    network: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "use 1-63 of a-z 0-9 -"),
    note: z.string().max(500).optional(),
    seeds: z.array(bootstrapSeedSchema).max(SEEDS_MAX),
  })
  .superRefine((bootstrap, context) => {
    const firstByUrl = new Map<string, number>();
    for (const [index, seed] of bootstrap.seeds.entries()) {
      if (!URL.canParse(seed.url)) continue;
      const key = seedUrlKey(seed.url);
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
export type Bootstrap = z.infer<typeof bootstrapSchema>;

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
