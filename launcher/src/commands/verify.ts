/** `verify`: checks a receipt offline. What a receipt proves is decided by the shared rule, not here. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { verifyEd25519 } from "@synapse/shared/ed25519.ts";
import { RECEIPT_BYTES_MAX, receiptSchema, verifyReceipt } from "@synapse/shared/receipt.ts";
import type { CommandContext } from "../commands.ts";
import { confidentialText } from "./receipt-label.ts";

export async function runVerify(context: CommandContext): Promise<number> {
  const { output, parsed } = context;
  const [path = ""] = parsed.positionals;
  if (!existsSync(path)) {
    output.error(`there is no file ${path}; bun run ask "…" --receipt ${path} writes one`);
    return 1;
  }
  if (!statSync(path).isFile() || statSync(path).size > RECEIPT_BYTES_MAX) {
    output.error(`${path} is no receipt: a receipt is a file of at most ${RECEIPT_BYTES_MAX} bytes`);
    return 1;
  }
  let receipt: unknown;
  try {
    receipt = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    output.error(`${path} is not JSON, so it is no receipt`);
    return 1;
  }
  const report = await verifyReceipt(receipt, verifyEd25519);
  const parsedReceipt = receiptSchema.safeParse(receipt);
  const label = parsedReceipt.success ? parsedReceipt.data.label : null;
  output.result({ ...report, label });
  for (const { name, passed, detail } of report.checks) {
    output.line(`${passed ? output.green("✓") : output.red("✗")} ${name}: ${detail}`);
  }
  const { answer } = report;
  if (answer !== null) {
    output.line(`\nquestion   ${answer.question}`);
    output.line(`answer     ${answer.text.replaceAll("\n", "\n           ")}`);
    output.line(`posterior  ${answer.posterior.toFixed(4)} (${answer.outcome}, ${answer.verdict})`);
    for (const { spore, model, weight } of answer.voices) {
      output.line(`voice      ${spore} (${model}), weight ${weight.toFixed(3)}`);
    }
  }
  const confidential = label === null ? null : confidentialText(label);
  if (confidential !== null) output.warn(confidential);
  for (const claim of report.asserted) output.line(output.dim(`asserted, not proven: ${claim}`));
  output.line(
    report.valid ? output.green("\nThe receipt holds.") : output.red("\nThe receipt does NOT hold."),
  );
  return report.valid ? 0 : 1;
}
