/** Orders of the task list. They cover what is loaded; the list says when more is to come. Pure. */
import type { KnownTask } from "@/features/task/task-list.ts";

export const SORTS = [
  { value: "newest", name: "Newest first" },
  { value: "oldest", name: "Oldest first" },
  { value: "changed", name: "Last changed" },
  { value: "confidence", name: "Most confident" },
  { value: "agreement", name: "Least agreed" },
] as const;
export type Sort = (typeof SORTS)[number]["value"];

export function sortTasks(tasks: readonly KnownTask[], sort: Sort): readonly KnownTask[] {
  const ordered = [...tasks];
  switch (sort) {
    case "newest":
      return ordered;
    case "oldest":
      return ordered.reverse();
    case "changed":
      return ordered.sort((a, b) => (a.summary.updated_at < b.summary.updated_at ? 1 : -1));
    case "confidence":
      return ordered.sort((a, b) => (b.summary.confidence ?? -1) - (a.summary.confidence ?? -1));
    case "agreement":
      return ordered.sort((a, b) => (a.summary.agreement ?? 2) - (b.summary.agreement ?? 2));
  }
}
