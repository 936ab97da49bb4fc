/** `<data-dir>/swarm.json`, which the launcher writes once everything is healthy, and `config.json` of the page. */
import { z } from "zod";
import { publicKeySchema, roleSchema } from "./entry.ts";

export const swarmFileSchema = z.looseObject({
  target: z.enum(["local", "hf"]),
  spores: z.array(
    z.looseObject({
      id: z.string(),
      role: roleSchema,
      url: z.url(),
      pid: z.int().nullable(),
      repo: z.string().optional(),
    }),
  ),
  commandCenter: z.looseObject({ url: z.url(), pid: z.int().nullable() }).nullable(),
  operator: z.looseObject({ publicKey: publicKeySchema, tokenFile: z.string() }),
});
export type SwarmFile = z.infer<typeof swarmFileSchema>;

/** Read by the Command Center from beside the page; written at deploy time, so no rebuild is needed. */
export const pageConfigSchema = z.looseObject({
  spores: z.array(z.url()),
  bootstrap: z.url().nullable(),
  mapboxToken: z.string().optional(),
  /** A Mapbox style instead of the usual ones; used only with a token. */
  mapboxStyle: z.string().optional(),
  /** True where the host finds a page under the name of its file only: `/library.html`, not `/library`. */
  fileAddresses: z.boolean().optional(),
});
export type PageConfig = z.infer<typeof pageConfigSchema>;
