/** A task as Markdown. Text of spores is quoted as it is; what could be read as markup is escaped. Pure. */
import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import { formatDecimal, formatShare } from "@/lib/format.ts";

/** Headings, lists, links, images, HTML and code in a spore's text must not become ours. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()<>#+\-!|~]/g, "\\$&");
}

const quoted = (text: string) =>
  text
    .split("\n")
    .map((line) => `> ${escapeMarkdown(line)}`)
    .join("\n");

export function taskToMarkdown(detail: TaskDetail): string {
  const parts = [
    `# ${escapeMarkdown(detail.description)}`,
    `- Status: ${detail.status}, cycle ${detail.cycle}`,
    `- Asked: ${detail.created_at}`,
    `- Task: \`${detail.task_id}\``,
    "",
    "## Answer",
    detail.final_answer === null ? "None." : quoted(detail.final_answer),
    `Posterior ${formatDecimal(detail.posterior)}, calibrated confidence ${formatShare(detail.confidence)}, ${detail.validation ?? "not validated"}.`,
  ];
  if (detail.citations.length > 0) {
    parts.push(
      "",
      "## It rests on",
      ...detail.citations.map((c, i) => `${i + 1}. “${escapeMarkdown(c.quote)}” \`${c.id}\``),
    );
  }
  if (detail.dissent.length > 0) {
    parts.push(
      "",
      "## Contested",
      ...detail.dissent.map(
        (d) => `- ${escapeMarkdown(d.text)} (${d.holders.map(escapeMarkdown).join(", ")})`,
      ),
    );
  }
  parts.push("", "## Contributions");
  for (const delta of detail.deltas) {
    parts.push(
      "",
      `### Cycle ${delta.cycle}, ${delta.phase}: ${escapeMarkdown(delta.spore)} (${delta.role}, ${escapeMarkdown(delta.model)})`,
      delta.abstain ? "Abstained." : quoted(delta.hypothesis),
      ...delta.claims.map((claim) => `- ${escapeMarkdown(claim)}`),
      `Own confidence ${formatShare(delta.confidence)}, ${delta.created_at}, \`${delta.id}\``,
    );
  }
  return `${parts.join("\n")}\n`;
}
