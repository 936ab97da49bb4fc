/**
 * A place that shows the Command Center to visitors: a Space, Vercel. One implementation each, the same steps for all.
 *
 * The address has to be known before anything is uploaded, because spores let a page use a token only if they were told
 * its origin.
 */
import type { PageConfig } from "@synapse/shared/contract/swarm-file.ts";
import type { Result } from "@synapse/shared/result.ts";
import type { RepoFile } from "../platforms/hub/hub-client.ts";

export type PageState =
  | { readonly kind: "absent" }
  /** The name is taken by something this operator did not make. */
  | { readonly kind: "foreign" }
  | { readonly kind: "ours"; readonly url: string | null };

export interface PageHost {
  /** As people know it. */
  readonly name: string;
  /** Read only. The error says what to mend. */
  observe(): Promise<Result<PageState, string>>;
  /** Makes the place if it is not there yet. @returns its address, without a path */
  prepare(): Promise<Result<string, string>>;
  /** Uploads what differs. */
  deploy(files: readonly RepoFile[], config: PageConfig): Promise<Result<"deployed" | "unchanged", string>>;
  destroy(): Promise<Result<void, string>>;
  /** What a first deployment looks like, for the plan. */
  readonly stepTexts: readonly string[];
  /** The name there, for questions and messages. */
  readonly label: string;
}
