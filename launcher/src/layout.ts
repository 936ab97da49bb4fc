/** Where the parts lie that the launcher starts. Tests hand in a layout of their own. */
import { join } from "node:path";
import { REPOSITORY_ROOT } from "./dependencies.ts";

export interface Layout {
  /** The folder of the root package.json. */
  readonly root: string;
  /** Run by Bun, once per spore, configured by environment variables alone. */
  readonly sporeScript: string;
  /** A workspace whose `build` script leaves a static export in `out/`. */
  readonly pageFolder: string;
  /** Sources outside the page's folder that go into its build. */
  readonly pageInputs: readonly string[];
}

export const REPOSITORY_LAYOUT: Layout = {
  root: REPOSITORY_ROOT,
  sporeScript: join(REPOSITORY_ROOT, "spore", "src", "main.ts"),
  pageFolder: join(REPOSITORY_ROOT, "command-center"),
  pageInputs: [join(REPOSITORY_ROOT, "shared", "src"), join(REPOSITORY_ROOT, "bun.lock")],
};
