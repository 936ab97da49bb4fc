/**
 * Which GGUF file is meant: a path on this machine, or a file of a repository on a hub (`hf:owner/repo/file.gguf`,
 * optionally with `@revision`). Pure.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";

export type ModelReference =
  | { readonly kind: "path"; readonly path: string }
  | {
      readonly kind: "hub";
      readonly repository: string;
      readonly revision: string;
      readonly file: string;
    };

/** Qwen's own quantisation: 2.5 GB, runs in 4 GB of memory, Apache-2.0. */
export const DEFAULT_MODEL = "hf:Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf";

const HUB = /^hf:(?:\/\/)?([\w.-]+\/[\w.-]+)\/([\w./ -]+?\.gguf)(?:@([\w./-]+))?$/i;

export function parseModelReference(text: string): Result<ModelReference, string> {
  if (!/^hf:/i.test(text)) return ok({ kind: "path", path: text });
  const [, repository = "", file = "", revision = "main"] = HUB.exec(text) ?? [];
  const parts = [...file.split("/"), ...revision.split("/"), ...repository.split("/")];
  if (repository === "" || parts.some((part) => part === "" || part === "." || part === ".."))
    return err(`"${text}" names no file: write hf:owner/repository/file.gguf, if need be with @revision`);
  return ok({ kind: "hub", repository, revision, file });
}

/** One flat name a model, so that a folder of models can be read by a person. */
export function fileNameOf({ repository, revision, file }: ModelReference & { kind: "hub" }): string {
  const version = revision === "main" ? "" : `@${revision}`;
  return `${repository}/${file}${version}`.replaceAll("/", "--");
}
