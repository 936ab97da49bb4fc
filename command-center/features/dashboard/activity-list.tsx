/** What changed while this page was open, newest first, straight from the streams. */
"use client";

import { useQuery } from "@tanstack/react-query";
import { useFleetNames } from "@/components/shell/fleet-context.tsx";
import { Notice } from "@/components/state/panel-states.tsx";
import { PageLink } from "@/components/ui/page-link.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { Age } from "@/components/ui/time.tsx";
import { keys } from "@/lib/keys.ts";
import type { Activity } from "@/lib/live-cache.ts";

const ROWS_MAX = 14;
const COLUMNS: readonly Column<Activity>[] = fileColumns([
  ["seen at", ({ at }) => new Date(at).toISOString()],
  ["spore", ({ url }) => url],
  ["event", ({ type }) => type],
  ["what", ({ text }) => text],
  ["task", ({ task }) => task],
  ["entry", ({ entry }) => entry],
]);
const NOTHING: readonly Activity[] = [];

export function ActivityList() {
  const query = useQuery({
    queryKey: keys.activity,
    queryFn: () => NOTHING,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const lines = distinct(query.data ?? NOTHING).slice(0, ROWS_MAX);
  const names = useFleetNames();
  return (
    <Panel
      title="What changed"
      flush
      note="since you opened this page"
      actions={<TakeAway name="changes" rows={distinct(query.data ?? NOTHING)} columns={COLUMNS} />}
    >
      {lines.length === 0 ? (
        <Notice rows={5} title="Quiet so far">
          Contributions, answers, memories and peers appear here as they happen.
        </Notice>
      ) : (
        <ol className="divide-y divide-line">
          {lines.map((line) => (
            <li key={line.key} className="flex gap-3 px-4 py-1.5">
              <p className="min-w-0 grow truncate text-soft">
                <Target line={line} />
              </p>
              <span
                className="shrink-0 text-xs leading-5 text-faint"
                title={`seen at ${names.find(line.url)?.name}`}
              >
                <Age at={line.at} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

/** The same news arrives over every stream; it is one line here. */
export function distinct(lines: readonly Activity[]): readonly Activity[] {
  const seen = new Set<string>();
  return lines.filter((line) => {
    const what = `${line.type}|${line.task}|${line.entry}|${line.text}`;
    if (seen.has(what)) return false;
    seen.add(what);
    return true;
  });
}

function Target({ line }: { readonly line: Activity }) {
  const href =
    line.task !== null
      ? `/library?task=${encodeURIComponent(line.task)}`
      : line.entry !== null
        ? `/library?view=memory&entry=${encodeURIComponent(line.entry)}`
        : null;
  if (href === null) return line.text;
  return (
    <PageLink href={href} className="underline-offset-2 hover:text-ink hover:underline">
      {line.text}
    </PageLink>
  );
}
