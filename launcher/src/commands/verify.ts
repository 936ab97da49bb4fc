/** `verify`: checks a receipt offline. What a receipt proves is decided by the shared rule, not here. */
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import type { CommandContext } from "../commands.ts";

/** What the shared rule reports; parsed, so that an older or newer rule cannot be misread as a success. */
const reportSchema = z.looseObject({
  valid: z.boolean(),
  /** Every single thing that was looked at. */
  checks: z.array(z.looseObject({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  /** What the receipt claims and cannot prove. */
  asserted: z.array(z.string()),
  answer: z.string().nullable().optional(),
});

/** Named in a variable because it is loaded only where it is needed. */
const RULE = "@synapse/shared/receipt.ts";

export async function runVerify(context: CommandContext): Promise<number> {
  const { output, parsed } = context;
  const [path = ""] = parsed.positionals;
  if (!existsSync(path)) {
    output.error(`there is no file ${path}; bun run ask "…" --receipt ${path} writes one`);
    return 1;
  }
  let receipt: unknown;
  try {
    receipt = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    output.error(`${path} is not JSON, so it is no receipt`);
    return 1;
  }
  const rule = await loadRule();
  if (rule === null) {
    output.error("this version cannot verify receipts: the rule that checks them is missing from shared/src");
    return 1;
  }
  const report = reportSchema.parse(await rule(receipt));
  output.result(report);
  for (const { name, ok, detail } of report.checks) {
    output.line(`${ok ? output.green("✓") : output.red("✗")} ${name}${detail === "" ? "" : `: ${detail}`}`);
  }
  for (const claim of report.asserted) output.line(output.dim(`asserted, not proven: ${claim}`));
  if (report.answer !== undefined && report.answer !== null) output.line(`answer: ${report.answer}`);
  output.line(report.valid ? output.green("The receipt holds.") : output.red("The receipt does NOT hold."));
  return report.valid ? 0 : 1;
}

async function loadRule(): Promise<((receipt: unknown) => unknown) | null> {
  try {
    const module = (await import(RULE)) as { verifyReceipt?: (receipt: unknown) => unknown };
    return module.verifyReceipt ?? null;
  } catch (error) {
    if ((error as { name?: string }).name === "ResolveMessage") return null;
    throw error;
  }
}
