/** ⌘K: pages, spores, tasks, memories and actions. Tasks and memories are asked of the spores while typing. */
"use client";

import { Autocomplete } from "@base-ui/react/autocomplete";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useDeferredValue, useState } from "react";
import { useConnect } from "@/components/shell/connect-context.tsx";
import { useFleet } from "@/components/shell/fleet-context.tsx";
import { toggleTheme } from "@/components/shell/theme.ts";
import { Dialog } from "@/components/ui/dialog.tsx";
import { useTaskList } from "@/features/task/task-list.ts";
import { usePause } from "@/lib/live.tsx";
import { searchOptions } from "@/lib/queries.ts";
import { useAnswering } from "@/lib/selected-spore.ts";
import { PAGES } from "@/lib/shortcuts.ts";

interface Item {
  readonly value: string;
  readonly label: string;
  readonly hint: string;
  readonly run: () => void;
}
interface Group {
  readonly value: string;
  readonly items: readonly Item[];
}

/** More than this of one kind hides the others. */
const PER_GROUP = 6;
/** A search of one or two letters finds everything and helps nobody. */
const SEARCH_CHARS_MIN = 3;

export function Palette({ onClose, onKeys }: { readonly onClose: () => void; readonly onKeys: () => void }) {
  const [text, setText] = useState("");
  const groups = useGroups(text, onKeys);
  return (
    <Dialog open onClose={onClose} title="Find anything" placement="top">
      <Autocomplete.Root
        open
        inline
        items={groups}
        filter={null}
        value={text}
        onValueChange={setText}
        autoHighlight="always"
        keepHighlight
      >
        <Autocomplete.Input
          data-autofocus
          aria-label="Search pages, spores, tasks, memories and actions"
          placeholder="A page, a spore, a task, a memory, an action"
          className="mb-2 h-9 w-full rounded border border-edge bg-page px-3 text-sm pointer-coarse:h-11"
        />
        <Autocomplete.Empty className="px-3 text-sm text-soft empty:hidden">
          Nothing of that name.
        </Autocomplete.Empty>
        <Autocomplete.List className="flex flex-col gap-2">
          {(group: Group) => (
            <Autocomplete.Group key={group.value} items={group.items}>
              <Autocomplete.GroupLabel className="eyebrow px-3 py-1">{group.value}</Autocomplete.GroupLabel>
              <Autocomplete.Collection>
                {(item: Item) => (
                  <Autocomplete.Item
                    key={item.value}
                    value={item}
                    onClick={() => {
                      onClose();
                      item.run();
                    }}
                    className="flex min-h-8 items-center gap-3 rounded px-3 py-1 text-sm data-highlighted:bg-hover pointer-coarse:min-h-11"
                  >
                    <span className="truncate">{item.label}</span>
                    <span className="ml-auto shrink-0 text-xs text-faint">{item.hint}</span>
                  </Autocomplete.Item>
                )}
              </Autocomplete.Collection>
            </Autocomplete.Group>
          )}
        </Autocomplete.List>
      </Autocomplete.Root>
    </Dialog>
  );
}

function useGroups(text: string, onKeys: () => void): readonly Group[] {
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const has = (item: Item) => `${item.label} ${item.hint}`.toLowerCase().includes(wanted);
  const fixed: readonly Group[] = [
    { value: "Pages", items: usePageItems() },
    { value: "Spores", items: useSporeItems() },
    { value: "Actions", items: useActionItems(onKeys) },
  ];
  const found: readonly Group[] = [
    { value: "Tasks", items: useTaskItems(wanted) },
    { value: "Memories", items: useMemoryItems(wanted) },
  ];
  return [...fixed.map((group) => ({ ...group, items: group.items.filter(has) })), ...found].flatMap(
    (group) => {
      const most = group.value === "Pages" ? PAGES.length : PER_GROUP;
      return group.items.length === 0 ? [] : [{ ...group, items: group.items.slice(0, most) }];
    },
  );
}

function usePageItems(): readonly Item[] {
  const router = useRouter();
  return PAGES.map((page) => ({
    value: `page ${page.path}`,
    label: page.name,
    hint: `g ${page.key}`,
    run: () => router.push(page.path),
  }));
}

function useSporeItems(): readonly Item[] {
  const router = useRouter();
  return useFleet().nodes.map((node) => ({
    value: `spore ${node.key}`,
    label: node.name,
    hint: `${node.role ?? "spore"} · ${node.state}`,
    run: () => router.push(`/network?node=${encodeURIComponent(node.key)}`),
  }));
}

function useActionItems(onKeys: () => void): readonly Item[] {
  const connect = useConnect();
  const pause = usePause();
  return [
    {
      value: "a-ask",
      label: "Ask the swarm",
      hint: "Dashboard",
      run: () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
    },
    { value: "a-spore", label: "Connect a spore", hint: "connections", run: () => connect.open("spores") },
    {
      value: "a-token",
      label: "Enter the operator token",
      hint: "connections",
      run: () => connect.open("token"),
    },
    { value: "a-pause", label: pause.paused ? "Go on" : "Pause the page", hint: "p", run: pause.toggle },
    { value: "a-theme", label: "Switch light and dark", hint: "t", run: toggleTheme },
    { value: "a-keys", label: "Show all keys", hint: "?", run: onKeys },
  ];
}

function useTaskItems(wanted: string): readonly Item[] {
  const router = useRouter();
  const list = useTaskList({ q: wanted, status: null });
  return list.tasks.slice(0, PER_GROUP).map((task) => ({
    value: `task ${task.summary.task_id}`,
    label: task.summary.description,
    hint: task.summary.status,
    run: () => router.push(`/library?task=${task.summary.task_id}`),
  }));
}

function useMemoryItems(wanted: string): readonly Item[] {
  const router = useRouter();
  const spore = useAnswering()[0]?.chosen ?? null;
  const query = new URLSearchParams({ q: wanted, k: String(PER_GROUP) }).toString();
  const search = useQuery({
    ...searchOptions(spore ?? { url: "", origin: "added", own: false }, query),
    enabled: spore !== null && wanted.length >= SEARCH_CHARS_MIN,
  });
  if (wanted.length < SEARCH_CHARS_MIN) return [];
  return (search.data?.results ?? []).map((hit) => ({
    value: `memory ${hit.id}`,
    label: hit.content,
    hint: hit.kind,
    run: () => router.push(`/library?view=memory&entry=${hit.id}`),
  }));
}
