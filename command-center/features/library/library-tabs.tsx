/** Switches the Library between tasks and memories. */
import type { KeyboardEvent } from "react";

export type LibraryView = "tasks" | "memory";
const VIEWS: readonly { readonly view: LibraryView; readonly name: string }[] = [
  { view: "tasks", name: "Tasks and answers" },
  { view: "memory", name: "Memory" },
];

export function LibraryTabs({
  view,
  onView,
}: {
  readonly view: LibraryView;
  readonly onView: (view: LibraryView) => void;
}) {
  const keys = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    onView(view === "tasks" ? "memory" : "tasks");
    const tabs = event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"]');
    tabs[view === "tasks" ? 1 : 0]?.focus();
  };
  return (
    <div role="tablist" aria-label="Library" onKeyDown={keys} className="flex gap-1 border-b border-line">
      {VIEWS.map((item) => (
        <button
          key={item.view}
          type="button"
          role="tab"
          aria-selected={view === item.view}
          tabIndex={view === item.view ? 0 : -1}
          onClick={() => onView(item.view)}
          className={`-mb-px border-b-2 px-3 py-2 text-sm ${
            view === item.view
              ? "border-accent font-medium text-ink"
              : "border-transparent text-soft hover:text-ink"
          }`}
        >
          {item.name}
        </button>
      ))}
    </div>
  );
}
