/** `<data-dir>/launch.json`: which processes a launch started, exactly enough to end them later and nothing else. */
import { rmSync } from "node:fs";
import { z } from "zod";
import { OWNER_ONLY, readJsonFile, writeFileAtomically } from "./atomic-file.ts";
import type { DataDir } from "./data-dir.ts";
import { processIdentitySchema } from "./process-identity.ts";

const launchRecordSchema = z.object({
  /** ISO 8601. */
  startedAt: z.string(),
  launcher: processIdentitySchema,
  children: z.array(z.object({ name: z.string(), process: processIdentitySchema })),
});
export type LaunchRecord = z.infer<typeof launchRecordSchema>;

export function writeLaunchRecord(dataDir: DataDir, record: LaunchRecord): void {
  writeFileAtomically(dataDir.launchRecord, `${JSON.stringify(record, null, 2)}\n`, OWNER_ONLY);
}

/** @returns null where there is none, or none that can be understood (then nothing is provably ours). */
export function readLaunchRecord(dataDir: DataDir): LaunchRecord | null {
  const parsed = launchRecordSchema.safeParse(readJsonFile(dataDir.launchRecord));
  return parsed.success ? parsed.data : null;
}

export function removeLaunchRecord(dataDir: DataDir): void {
  rmSync(dataDir.launchRecord, { force: true });
}
