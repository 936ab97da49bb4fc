/** The dataset that snapshots go to: a private one, or none. Ciphertext in the open tells everybody when a spore works and how much it holds. */
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { createPrivateDataset } from "./hub-client.ts";
import { datasetDetails, type HubAccess } from "./hub-rest.ts";

/** @returns whether it is there, or why it cannot be used, with the mend */
export async function snapshotDataset(
  hub: HubAccess,
  repo: string,
): Promise<Result<"private" | "absent", string>> {
  const found = await datasetDetails(hub, repo);
  if (!found.ok) {
    if (found.error.kind === "missing") return ok("absent");
    return err(`snapshot.repo: the dataset ${repo} cannot be seen: ${found.error.message}`);
  }
  if (found.value.private === true) return ok("private");
  return err(
    `snapshot.repo: the dataset ${repo} ${found.value.private === false ? "is public" : "is not known to be private"}, and ` +
      `snapshots belong into a private one. Make it private (${hub.url}/datasets/${repo}/settings), or name another one: what is missing is made private`,
  );
}

/** Makes it where there is none. What somebody else made meanwhile is looked at again. */
export async function ensureSnapshotDataset(
  hub: HubAccess,
  repo: string,
  say: (text: string) => void,
): Promise<Result<void, string>> {
  const found = await snapshotDataset(hub, repo);
  if (!found.ok || found.value === "private") return found.ok ? ok(undefined) : found;
  say(`create the private dataset ${repo} for snapshots`);
  const created = await createPrivateDataset(hub, repo);
  if (!created.ok && created.error.kind !== "conflict")
    return err(
      `the dataset ${repo} could not be created: ${created.error.message}. Run the same command again`,
    );
  const made = await snapshotDataset(hub, repo);
  if (!made.ok) return made;
  return made.value === "private"
    ? ok(undefined)
    : err(`the dataset ${repo} was created and cannot be seen yet. Run the same command again`);
}
