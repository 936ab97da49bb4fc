/**
 * What has to be done to a Space so that it is as wanted. Pure.
 *
 * 1. Nothing is done to a Space that is as wanted: a second launch restarts nothing.
 * 2. Contents are compared by the ids git gives them, variables by value, secrets (which nobody can read back) by a
 *    keyed fingerprint in their description.
 * 3. Only values that the launcher set are ever removed; what the owner added by hand stays.
 */
import { createHash, createHmac } from "node:crypto";
import type { RemoteFile, RepoFile, SpaceSdk, Visibility } from "./hub-client.ts";
import { type NamedValues, STAGES_FAILED, STAGES_RESTING, type ValueKind } from "./hub-rest.ts";

export interface WantedSpace {
  /** `owner/name` on the Hub. */
  readonly id: string;
  readonly sdk: SpaceSdk;
  readonly visibility: Visibility;
  readonly files: readonly RepoFile[];
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

export type ObservedSpace =
  | { readonly kind: "absent" }
  /** Not made by this operator, or not readable with this token. */
  | { readonly kind: "foreign" }
  | {
      readonly kind: "ours";
      readonly sdk: string | null;
      readonly stage: string;
      readonly visibility: string | null;
      /** With its scheme. */
      readonly host: string | null;
      readonly files: ReadonlyMap<string, RemoteFile>;
      readonly variables: NamedValues;
      readonly secrets: NamedValues;
    };

export type SpaceStep =
  | {
      readonly kind: "create-space";
      readonly space: string;
      readonly sdk: SpaceSdk;
      readonly visibility: Visibility;
    }
  | { readonly kind: "set-visibility"; readonly space: string; readonly visibility: Visibility }
  | { readonly kind: "set-value"; readonly space: string; readonly of: ValueKind; readonly key: string }
  | { readonly kind: "remove-value"; readonly space: string; readonly of: ValueKind; readonly key: string }
  | {
      readonly kind: "upload";
      readonly space: string;
      readonly put: readonly string[];
      readonly remove: readonly string[];
    }
  | { readonly kind: "restart"; readonly space: string; readonly stage: string };

/** Says who made the Space; the first file it ever holds. */
export const MARK_FILE = "synapse.json";
/** What a Space is created with: its mark from the first moment, so that a launch that fails right after knows it again. */
export const INITIAL_FILES: ReadonlySet<string> = new Set([MARK_FILE, "README.md"]);
/** Begins the description of every variable and secret the launcher sets. */
const VALUE_MARK = "set by the Synapse launcher";
/** Made by the Hub itself. */
const KEPT_FILES = new Set([".gitattributes"]);
const FINGERPRINT_CHARS = 32;

export type Fingerprint = (space: string, key: string, value: string) => string;

/** @param secret kept at home, so that nobody can try values against a fingerprint */
export function fingerprintWith(secret: Uint8Array): Fingerprint {
  return (space, key, value) =>
    createHmac("sha256", secret)
      .update(JSON.stringify([space, key, value]))
      .digest("hex")
      .slice(0, FINGERPRINT_CHARS);
}

export function descriptionOf(kind: ValueKind, fingerprint: string): string {
  return kind === "variables" ? VALUE_MARK : `${VALUE_MARK}, fingerprint ${fingerprint}`;
}

export function planSpace(
  wanted: WantedSpace,
  observed: ObservedSpace,
  fingerprint: Fingerprint,
): SpaceStep[] {
  const space = wanted.id;
  if (observed.kind === "foreign") return [];
  const steps: SpaceStep[] = [];
  const known = observed.kind === "ours" ? observed : FRESH;
  if (observed.kind === "absent") {
    steps.push({ kind: "create-space", space, sdk: wanted.sdk, visibility: wanted.visibility });
  } else if (known.visibility !== null && known.visibility !== wanted.visibility) {
    steps.push({ kind: "set-visibility", space, visibility: wanted.visibility });
  }
  // Values come before files: the first build then starts with all of them.
  for (const of of ["variables", "secrets"] as const)
    steps.push(...valueSteps(wanted, known[of], of, fingerprint));
  const put = wanted.files
    .filter((file) => !isSame(file, known.files.get(file.path)))
    .map(({ path }) => path)
    .filter((path) => observed.kind !== "absent" || !INITIAL_FILES.has(path));
  const kept = new Set(wanted.files.map(({ path }) => path));
  const remove = [...known.files.keys()].filter((path) => !kept.has(path) && !KEPT_FILES.has(path));
  if (put.length + remove.length > 0) steps.push({ kind: "upload", space, put, remove });
  else if (STAGES_RESTING.has(known.stage) || STAGES_FAILED.has(known.stage)) {
    steps.push({ kind: "restart", space, stage: known.stage });
  }
  return steps;
}

const FRESH = {
  stage: "NO_APP_FILE",
  visibility: null,
  files: new Map<string, RemoteFile>(),
  variables: {},
  secrets: {},
} as const;

function valueSteps(
  wanted: WantedSpace,
  known: NamedValues,
  of: ValueKind,
  fingerprint: Fingerprint,
): SpaceStep[] {
  const space = wanted.id;
  const set = Object.entries(wanted[of])
    .filter(([key, value]) => {
      const present = known[key];
      if (present === undefined) return true;
      if (of === "variables") return present.value !== value;
      return present.description !== descriptionOf(of, fingerprint(space, key, value));
    })
    .map(([key]): SpaceStep => ({ kind: "set-value", space, of, key }));
  const removed = Object.entries(known)
    .filter(([key, { description }]) => wanted[of][key] === undefined && description?.startsWith(VALUE_MARK))
    .map(([key]): SpaceStep => ({ kind: "remove-value", space, of, key }));
  return [...set, ...removed];
}

function isSame({ bytes }: RepoFile, remote: RemoteFile | undefined): boolean {
  if (remote === undefined) return false;
  if (remote.sha256 !== null) return remote.sha256 === createHash("sha256").update(bytes).digest("hex");
  return remote.oid === gitBlobId(bytes);
}

/** The id git gives to these contents (SHA-1 over a header and the bytes). */
export function gitBlobId(bytes: Uint8Array): string {
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

export function spaceStepText(step: SpaceStep): string {
  switch (step.kind) {
    case "create-space":
      return `create the ${step.visibility} ${step.sdk} Space ${step.space}`;
    case "set-visibility":
      return `make the Space ${step.space} ${step.visibility}`;
    case "set-value":
      return `set the ${nounOf(step.of)} ${step.key} of ${step.space}`;
    case "remove-value":
      return `remove the ${nounOf(step.of)} ${step.key} from ${step.space}`;
    case "upload": {
      const removed = step.remove.length === 0 ? "" : `, remove ${step.remove.length}`;
      return `upload ${step.put.length} files to ${step.space}${removed}, in one commit`;
    }
    case "restart":
      return `start the Space ${step.space} again (it is ${step.stage})`;
  }
}

function nounOf(of: ValueKind): string {
  return of === "variables" ? "variable" : "secret";
}
