/** Performs the steps of a plan on the Hub, one after the other, and stops at the first that fails. */
import { ok, type Result } from "@synapse/shared/result.ts";
import type { Remote, RemoteFailure } from "../../remote-call.ts";
import { commitFiles, createSpace, type RepoFile } from "./hub-client.ts";
import {
  type HubAccess,
  removeSpaceValue,
  restartSpace,
  setSpaceValue,
  setSpaceVisibility,
} from "./hub-rest.ts";
import {
  descriptionOf,
  type Fingerprint,
  INITIAL_FILES,
  type SpaceStep,
  spaceStepText,
  type WantedSpace,
} from "./space-plan.ts";

export interface StepFailure {
  readonly step: string;
  readonly failure: RemoteFailure;
}

export async function performSpaceSteps(
  hub: HubAccess,
  wanted: WantedSpace,
  steps: readonly SpaceStep[],
  fingerprint: Fingerprint,
  say: (text: string) => void,
): Promise<Result<void, StepFailure>> {
  for (const step of steps) {
    const text = spaceStepText(step);
    say(text);
    const done = await perform(hub, wanted, step, fingerprint);
    if (!done.ok) return { ok: false, error: { step: text, failure: done.error } };
  }
  return ok(undefined);
}

function perform(
  hub: HubAccess,
  wanted: WantedSpace,
  step: SpaceStep,
  fingerprint: Fingerprint,
): Promise<Remote<unknown>> {
  const { id } = wanted;
  switch (step.kind) {
    case "create-space": {
      const files = wanted.files.filter(({ path }) => INITIAL_FILES.has(path));
      return createSpace(hub, { id, sdk: step.sdk, visibility: step.visibility, files });
    }
    case "set-visibility":
      return setSpaceVisibility(hub, id, step.visibility);
    case "set-value": {
      const value = wanted[step.of][step.key] ?? "";
      const description = descriptionOf(step.of, fingerprint(id, step.key, value));
      return setSpaceValue(hub, id, step.of, { key: step.key, value, description });
    }
    case "remove-value":
      return removeSpaceValue(hub, id, step.of, step.key);
    case "upload": {
      const put = step.put.flatMap((path): RepoFile[] => wanted.files.filter((file) => file.path === path));
      return commitFiles(hub, id, { title: "synapse launch", put, remove: step.remove });
    }
    case "restart":
      return restartSpace(hub, id);
  }
}

/** A failure in words that say how to go on. */
export function mendOf({ step, failure }: StepFailure): string {
  return `could not ${step}: ${failure.message}. ${mend(failure)}`;
}

function mend({ kind }: RemoteFailure): string {
  switch (kind) {
    case "payment":
    case "forbidden":
      return "Docker Spaces need a paid plan (huggingface.co/pricing) and a token that may write; --target local needs neither";
    case "unauthorised":
      return "The token is not accepted: make a new one at huggingface.co/settings/tokens";
    case "conflict":
      return "The name is taken: choose another --prefix or --cc-name";
    case "missing":
    case "refused":
      return "Run the same command again after mending it; what is done stays done";
    default:
      return "Run the same command again: it goes on where this one stopped";
  }
}
