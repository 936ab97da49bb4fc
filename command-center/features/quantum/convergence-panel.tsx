/** How far the open tasks agree: the share of the weighted voices in the largest group, and how it moved by cycle. */
"use client";

import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { DataTable } from "@/components/ui/data-table.tsx";
import { PageLink } from "@/components/ui/page-link.tsx";
import type { Column } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { convergenceSchema, type OpenTask } from "@/lib/convergence-view.ts";
import { formatCount, formatDecimal, formatShare, GAP } from "@/lib/format.ts";

const ROWS = 12;

const COLUMNS: readonly Column<OpenTask>[] = [
  {
    name: "Open task",
    value: ({ description }) => description,
    cell: ({ task_id, description }) => (
      <PageLink
        href={`/library?task=${encodeURIComponent(task_id)}`}
        className="line-clamp-2 min-w-40 underline-offset-2 hover:underline"
      >
        {description || task_id}
      </PageLink>
    ),
  },
  {
    name: "Agree",
    numeric: true,
    value: ({ agreement }) => agreement ?? null,
    cell: ({ agreement }) => formatShare(agreement),
  },
  {
    name: "By cycle",
    value: ({ history }) => history.map((share) => formatShare(share)).join(" "),
    cell: ({ history }) => (
      <span className="figures text-soft">
        {history.length === 0 ? GAP : history.map((share) => formatShare(share)).join(" → ")}
      </span>
    ),
  },
  {
    name: "Groups",
    numeric: true,
    value: ({ clusters }) => clusters ?? null,
    cell: ({ clusters }) => formatCount(clusters),
  },
  {
    name: "Voices",
    numeric: true,
    value: ({ effective_voices }) => effective_voices ?? null,
    cell: ({ effective_voices }) => (
      <span title="independent ones">{formatDecimal(effective_voices, 1)}</span>
    ),
  },
];

export function ConvergencePanel() {
  return (
    <PartPanel
      title="Convergence"
      path="/api/convergence"
      rows={ROWS}
      meaning="How agreement moves in each open task: the share of the weighted voices in the largest group."
      actions={(state) => (
        <TakeAway
          name="convergence"
          rows={convergenceSchema.safeParse(state).data?.tasks ?? []}
          columns={COLUMNS}
          json={state}
        />
      )}
    >
      {(state) => {
        const parsed = convergenceSchema.safeParse(state);
        if (!parsed.success) return <Notice rows={ROWS} title="Told in a way this page does not know" />;
        const { tasks, active_tasks, converged_tasks, unresolved_tasks, global_agreement } = parsed.data;
        const facts = [
          ["Agreement now", formatShare(global_agreement)],
          ["Open", formatCount(active_tasks)],
          ["Converged", formatCount(converged_tasks)],
          ["Unresolved", formatCount(unresolved_tasks)],
        ] as const;
        return (
          <>
            <dl className="figures mb-4 grid grid-cols-2 gap-x-6 gap-y-2 sm:grid-cols-4">
              {facts.map(([name, value]) => (
                <div key={name}>
                  <dt className="eyebrow">{name}</dt>
                  <dd className="text-lg leading-6 font-medium">{value}</dd>
                </div>
              ))}
            </dl>
            {tasks.length === 0 ? (
              <p className="text-soft">No task is open. What was decided stands in the Library.</p>
            ) : (
              <DataTable label="Open tasks" columns={COLUMNS} rows={tasks} keyOf={({ task_id }) => task_id} />
            )}
          </>
        );
      }}
    </PartPanel>
  );
}
