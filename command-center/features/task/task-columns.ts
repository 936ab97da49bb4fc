/** Tasks and contributions as rows for a spreadsheet. */
import type { Delta, TaskSummary } from "@synapse/shared/contract/status.ts";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";

export const TASK_COLUMNS: readonly Column<TaskSummary>[] = fileColumns([
  ["task", ({ task_id }) => task_id],
  ["question", ({ description }) => description],
  ["status", ({ status }) => status],
  ["phase", ({ phase }) => phase],
  ["cycle", ({ cycle }) => cycle],
  ["answer", ({ final_answer }) => final_answer],
  ["confidence", ({ confidence }) => confidence],
  ["agreement", ({ agreement }) => agreement],
  ["contributors", ({ contributors }) => contributors.join(" ")],
  ["contributions", ({ deltas }) => deltas],
  ["label", ({ label }) => label],
  ["priority", ({ priority }) => priority],
  ["asked", ({ created_at }) => created_at],
  ["changed", ({ updated_at }) => updated_at],
]);

/** Who said what. */
export const CONTRIBUTION_COLUMNS: readonly Column<Delta>[] = fileColumns([
  ["contribution", ({ id }) => id],
  ["spore", ({ spore }) => spore],
  ["role", ({ role }) => role],
  ["provider", ({ provider }) => provider],
  ["model", ({ model }) => model],
  ["cycle", ({ cycle }) => cycle],
  ["phase", ({ phase }) => phase],
  ["temperature", ({ temperature }) => temperature],
  ["said", ({ hypothesis }) => hypothesis],
  ["value", ({ value }) => value],
  ["confidence", ({ confidence }) => confidence],
  ["blind", ({ independent }) => (independent ? "yes" : "no")],
  ["abstains", ({ abstain }) => (abstain ? "yes" : "no")],
  ["citations", ({ citations }) => citations.length],
  ["at", ({ created_at }) => created_at],
]);
