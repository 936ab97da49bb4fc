/**
 * Whether two spores can share a memory: the same network, and of each part of the protocol one dialect in common; the
 * highest common one is used. A dialect is a version number together with a fingerprint of its meaning, so two programs
 * that mean different things by one number are told apart. Pure.
 */
import type { Speaks } from "./contract/federation.ts";
import { err, ok, type Result } from "./result.ts";

const PARTS = ["entry", "gossip", "admission"] as const;
type Part = (typeof PARTS)[number];

/** The version agreed on for each part. */
export type Agreement = Readonly<Record<Part, number>>;

export interface Incompatible {
  readonly kind: "incompatible";
  /** Which part, what is spoken here and what there. */
  readonly message: string;
}

export function negotiate(theirs: Speaks, ours: Speaks): Result<Agreement, Incompatible> {
  if (theirs.network !== ours.network) {
    return refuse(`another network: "${theirs.network}" there, "${ours.network}" here`);
  }
  const agreed = { entry: 0, gossip: 0, admission: 0 };
  for (const part of PARTS) {
    const common = ours[part].filter((dialect) => theirs[part].includes(dialect)).map(versionOf);
    if (common.length === 0) return refuse(`${part}: ${difference(theirs[part], ours[part])}`);
    agreed[part] = Math.max(...common);
  }
  return ok(agreed);
}

function difference(theirs: readonly string[], ours: readonly string[]): string {
  const versions = (dialects: readonly string[]) => dialects.map(versionOf).sort((a, b) => a - b);
  const shared = versions(ours).filter((version) => versions(theirs).includes(version));
  if (shared.length > 0)
    return `version ${shared.join(", ")} means something else there (${theirs.join(" ")}) than here (${ours.join(" ")})`;
  return `version ${versions(theirs).join(", ")} there, ${versions(ours).join(", ")} here`;
}

function versionOf(dialect: string): number {
  return Number(dialect.split(":")[0]);
}

function refuse(message: string): Result<never, Incompatible> {
  return err({ kind: "incompatible", message });
}
