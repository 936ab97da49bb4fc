/** What do we know, and from whom? Tasks with their answers, and the memories below them. */
"use client";

import { LibraryTabs } from "@/features/library/library-tabs.tsx";
import { TaskBrowser } from "@/features/library/task-browser.tsx";
import { MemoryExplorer } from "@/features/memory/memory-explorer.tsx";
import { useUrlState } from "@/lib/url-state.ts";

export function Library() {
  const url = useUrlState();
  const view = url.get("view") === "memory" ? "memory" : "tasks";
  return (
    <div className="flex flex-col gap-3">
      <LibraryTabs view={view} onView={(next) => url.set({ view: next === "tasks" ? null : next }, "push")} />
      {view === "memory" ? <MemoryExplorer /> : <TaskBrowser />}
    </div>
  );
}
