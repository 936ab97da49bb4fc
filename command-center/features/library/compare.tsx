/** Two answers side by side: what the words changed to, what each rests on, and how sure each was. */
"use client";

import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import { useQueries, useQuery } from "@tanstack/react-query";
import { diffWordsWithSpace } from "diff";
import { type ReactNode, useMemo } from "react";
import { QueryState } from "@/components/state/panel-states.tsx";
import { Scroller } from "@/components/ui/scroller.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { TaskBadge } from "@/components/ui/state-badge.tsx";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { Moment } from "@/components/ui/time.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { formatDecimal, formatShare, plural, shortId, toMs } from "@/lib/format.ts";
import { taskOptions } from "@/lib/queries.ts";

export interface Side {
  readonly spore: ChosenSpore;
  readonly id: string;
}

/** Two answers of the contract's greatest length compare in well under this; a hostile pair is cut off. */
const DIFF_TIMEOUT_MS = 300;

const COLUMNS: readonly Column<TaskDetail>[] = fileColumns([
  ["task", ({ task_id }) => task_id],
  ["question", ({ description }) => description],
  ["status", ({ status }) => status],
  ["answer", ({ final_answer }) => final_answer],
  ["posterior", ({ posterior }) => posterior],
  ["confidence", ({ confidence }) => confidence],
  ["cycles", ({ cycle }) => cycle],
  ["citations", ({ citations }) => citations.length],
]);

/** Both in full as JSON; as CSV a line each. */
export function TakeComparison({ first, second }: { readonly first: Side; readonly second: Side }) {
  const details = useQueries({
    queries: [first, second].map(({ spore, id }) => ({ ...taskOptions(spore, id), enabled: false })),
  }).flatMap(({ data }) => data ?? []);
  return <TakeAway name="comparison" rows={details.length < 2 ? [] : details} columns={COLUMNS} />;
}

export function Compare({ first, second }: { readonly first: Side; readonly second: Side }) {
  const a = useQuery(taskOptions(first.spore, first.id));
  const b = useQuery(taskOptions(second.spore, second.id));
  return (
    <QueryState query={a} what="the first task" rows={24}>
      {(left) => (
        <QueryState query={b} what="the second task" rows={24}>
          {(right) => <Comparison left={left} right={right} />}
        </QueryState>
      )}
    </QueryState>
  );
}

interface Pair {
  readonly left: TaskDetail;
  readonly right: TaskDetail;
}

function Comparison({ left, right }: Pair) {
  return (
    <div className="flex flex-col gap-6" data-testid="comparison">
      <Facts left={left} right={right} />
      <section aria-label="Answers, word by word">
        <h3 className="mb-2 text-sm font-medium">Answers, word by word</h3>
        <Words left={left.final_answer ?? ""} right={right.final_answer ?? ""} />
      </section>
      <Sources left={left} right={right} />
    </div>
  );
}

const FACTS: readonly { readonly name: string; readonly of: (detail: TaskDetail) => ReactNode }[] = [
  { name: "Question", of: (detail) => <span className="text-ink">{detail.description}</span> },
  { name: "Asked", of: (detail) => <Moment at={toMs(detail.created_at)} /> },
  { name: "Status", of: (detail) => <TaskBadge status={detail.status} /> },
  { name: "Posterior", of: (detail) => formatDecimal(detail.posterior) },
  { name: "Calibrated confidence", of: (detail) => formatShare(detail.confidence) },
  { name: "Validation", of: (detail) => detail.validation ?? "not validated" },
  { name: "Agreement", of: (detail) => formatShare(detail.agreement_history.at(-1)?.agreement) },
  { name: "Cycles", of: (detail) => detail.cycle },
  {
    name: "Models",
    of: (detail) => [...new Set(detail.deltas.map((delta) => delta.model))].join(", ") || "none",
  },
  {
    name: "Contributors",
    of: (detail) => (
      <span className="flex flex-wrap gap-x-3">
        {detail.contributors.map((name) => (
          <SporeName key={name} id={name} />
        ))}
      </span>
    ),
  },
];

function Facts({ left, right }: Pair) {
  return (
    <Scroller label="The two tasks">
      <table className="w-full table-fixed text-left align-top">
        <thead className="text-xs text-faint">
          <tr>
            <th className="w-28 py-1 font-normal">
              <span className="sr-only">What</span>
            </th>
            <th className="py-1 pr-4 font-normal">First</th>
            <th className="py-1 font-normal">Second</th>
          </tr>
        </thead>
        <tbody className="figures text-soft">
          {FACTS.map(({ name, of }) => (
            <tr key={name} className="border-t border-line align-top">
              <th className="py-1.5 pr-4 font-normal text-faint">{name}</th>
              <td className="py-1.5 pr-4">{of(left)}</td>
              <td className="py-1.5">{of(right)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function Words({ left, right }: { readonly left: string; readonly right: string }) {
  const parts = useMemo(() => diffWordsWithSpace(left, right, { timeout: DIFF_TIMEOUT_MS }), [left, right]);
  if (left === right) return <p className="text-soft">Both say the same: “{left || "nothing"}”</p>;
  if (parts === undefined) {
    return (
      <div className="grid gap-4 sm:grid-cols-2">
        <p className="whitespace-pre-line">{left}</p>
        <p className="whitespace-pre-line">{right}</p>
      </div>
    );
  }
  return (
    <p className="max-w-prose text-base whitespace-pre-line">
      {parts.map((part, index) => {
        const key = index;
        if (part.removed) {
          return (
            <del key={key} className="rounded bg-bad-wash px-0.5 text-bad">
              {part.value}
            </del>
          );
        }
        if (part.added) {
          return (
            <ins key={key} className="rounded bg-good-wash px-0.5 text-good">
              {part.value}
            </ins>
          );
        }
        return <span key={key}>{part.value}</span>;
      })}
    </p>
  );
}

function Sources({ left, right }: Pair) {
  const [a, b] = [left, right].map(
    (detail) => new Map(detail.citations.map((one) => [one.id as string, one.quote])),
  );
  const groups = [
    { name: "Both rest on", ids: [...(a ?? [])].filter(([id]) => b?.has(id)) },
    { name: "Only the first", ids: [...(a ?? [])].filter(([id]) => !b?.has(id)) },
    { name: "Only the second", ids: [...(b ?? [])].filter(([id]) => !a?.has(id)) },
  ];
  return (
    <section aria-label="Sources" className="grid gap-4 sm:grid-cols-3">
      {groups.map(({ name, ids }) => (
        <div key={name} className="min-w-0">
          <h3 className="mb-1 text-sm font-medium">
            {name}{" "}
            <span className="figures font-normal text-faint">{plural(ids.length, "memory", "memories")}</span>
          </h3>
          <ul className="flex flex-col gap-1.5 text-soft">
            {ids.map(([id, quote]) => (
              <li key={id} className="border-l-2 border-edge pl-2">
                <q>{quote}</q> <code className="font-mono text-xs text-faint">{shortId(id)}</code>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}
