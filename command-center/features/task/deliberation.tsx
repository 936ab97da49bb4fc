/** The figures beside a conversation: agreement over cycles, competing answers, dissent. */
"use client";

import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import { LazyLineChart } from "@/charts/lazy-line-chart.tsx";
import { ShareBar } from "@/charts/share-bar.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { MEANINGS } from "@/features/task/figures.ts";
import { formatDecimal, formatShare, plural } from "@/lib/format.ts";

export function Agreement({ detail }: { readonly detail: TaskDetail }) {
  const history = detail.agreement_history;
  const last = history.at(-1);
  return (
    <section>
      <h3 className="text-sm font-medium">Agreement</h3>
      <p className="mb-2 text-xs text-faint">Share of the weighted voices in the largest group, by cycle</p>
      {last === undefined ? (
        <p className="py-4 text-sm text-soft">
          Nothing to compare yet: agreement is counted once a cycle is complete.
        </p>
      ) : (
        <>
          <p className="figures mb-1 flex items-baseline gap-2">
            <span className="text-lg font-semibold" title={MEANINGS.agreement}>
              {formatShare(last.agreement)}
            </span>
            <span className="text-xs text-faint">
              {history.length < 2
                ? null
                : `${last.velocity >= 0 ? "+" : "−"}${formatDecimal(Math.abs(last.velocity) * 100, 0)} points per cycle · `}
              {plural(last.clusters, "group")}
            </span>
          </p>
          <LazyLineChart
            title="Agreement by cycle"
            points={history.map((point) => [point.cycle, point.agreement] as const)}
            formatX={(cycle) => (Number.isInteger(cycle) ? String(cycle) : "")}
            formatY={(share) => formatShare(share)}
            xName="Cycle"
            yName="Agreement"
            yDomain={[0, 1]}
            height={130}
          />
        </>
      )}
    </section>
  );
}

export function Hypotheses({ detail }: { readonly detail: TaskDetail }) {
  if (detail.hypotheses.length === 0) return null;
  const ordered = [...detail.hypotheses].sort((a, b) => b.weight - a.weight);
  return (
    <section>
      <h3 className="text-sm font-medium">Competing answers</h3>
      <p className="mb-2 text-xs text-faint">
        Posterior of each at the last count; what is missing to 1 is that none of them holds
      </p>
      <ul className="flex flex-col gap-3">
        {ordered.map((hypothesis) => (
          <li key={`${hypothesis.text}${hypothesis.weight}`}>
            <div className="mb-1 flex items-baseline gap-3">
              <p className="line-clamp-3 min-w-0 grow">{hypothesis.text}</p>
              <span className="figures shrink-0 text-xs text-faint">
                posterior{" "}
                <span className="text-sm font-medium text-ink">{formatDecimal(hypothesis.weight)}</span>
              </span>
            </div>
            <ShareBar share={hypothesis.weight} label={`posterior ${formatDecimal(hypothesis.weight)}`} />
            <Holders holders={hypothesis.holders} />
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Dissent({ detail }: { readonly detail: TaskDetail }) {
  if (detail.dissent.length === 0) return null;
  return (
    <section>
      <h3 className="mb-2 text-sm font-medium">Contested</h3>
      <ul className="flex flex-col gap-2">
        {detail.dissent.map((item) => (
          <li key={item.text} className="border-l-2 border-warn pl-3">
            <p className="text-soft">{item.text}</p>
            <Holders holders={item.holders} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Holders({ holders }: { readonly holders: readonly string[] }) {
  return (
    <p className="mt-1 flex flex-wrap gap-x-3 text-xs text-faint">
      {holders.map((holder) => (
        <SporeName key={holder} id={holder} />
      ))}
    </p>
  );
}
