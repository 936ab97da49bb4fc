/** Who said what, cycle by cycle, in the order it arrived. */
"use client";

import type { Delta } from "@synapse/shared/contract/status.ts";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { Age } from "@/components/ui/time.tsx";
import { MEANINGS } from "@/features/task/figures.ts";
import { Quotes } from "@/features/task/quotes.tsx";
import { formatDecimal, formatShare, toMs } from "@/lib/format.ts";

/** Deltas by cycle, ascending; within a cycle by time. Pure. */
export function byCycle(
  deltas: readonly Delta[],
): readonly (readonly [cycle: number, deltas: readonly Delta[]])[] {
  const cycles = new Map<number, Delta[]>();
  for (const delta of deltas) {
    const group = cycles.get(delta.cycle);
    if (group === undefined) cycles.set(delta.cycle, [delta]);
    else group.push(delta);
  }
  return [...cycles]
    .sort(([a], [b]) => a - b)
    .map(([cycle, group]) => [cycle, group.sort((a, b) => (a.created_at < b.created_at ? -1 : 1))]);
}

export function Contributions({ deltas }: { readonly deltas: readonly Delta[] }) {
  return (
    <div className="flex flex-col gap-4">
      {byCycle(deltas).map(([cycle, group]) => (
        <section key={cycle} aria-label={`Cycle ${cycle}`}>
          <h3 className="eyebrow mb-1 flex gap-2">
            <span className="figures font-medium text-soft">Cycle {cycle}</span>
            <span>{group[0]?.phase}</span>
            {group.every((delta) => delta.independent) ? (
              <span>made blind: nobody had read the others</span>
            ) : null}
          </h3>
          <ol className="flex flex-col divide-y divide-line border-y border-line">
            {group.map((delta) => (
              <Contribution key={delta.id} delta={delta} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function Contribution({ delta }: { readonly delta: Delta }) {
  return (
    <li className="arrived py-3">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <SporeName id={delta.author} role={delta.role} className="font-medium" />
        <span className="text-xs text-faint">
          {delta.role} · {delta.model}
          {delta.provider === delta.model ? null : ` via ${delta.provider}`} · temperature{" "}
          {formatDecimal(delta.temperature)}
        </span>
        <span className="figures ml-auto flex gap-3 text-xs text-faint">
          {delta.abstain ? null : (
            <span title={MEANINGS.ownConfidence}>own confidence {formatShare(delta.confidence)}</span>
          )}
          <Age at={toMs(delta.created_at)} />
        </span>
      </div>
      {delta.abstain ? (
        <p className="mt-1 text-soft italic">Found nothing to say, and carries no vote.</p>
      ) : (
        <p className="mt-1 max-w-prose whitespace-pre-line text-base text-ink">{delta.hypothesis}</p>
      )}
      {delta.response_to_peers === "" ? null : (
        <p className="mt-1.5 max-w-prose border-l-2 border-edge pl-3 whitespace-pre-line text-soft">
          <span className="sr-only">To its peers: </span>
          {delta.response_to_peers}
        </p>
      )}
      {delta.claims.length === 0 ? null : (
        <ul className="mt-1.5 flex max-w-prose list-disc flex-col gap-0.5 pl-4 text-soft marker:text-faint">
          {delta.claims.map((claim) => (
            <li key={claim}>{claim}</li>
          ))}
        </ul>
      )}
      {delta.citations.length === 0 ? null : (
        <details className="mt-1.5">
          <summary className="inline-block rounded text-xs text-faint hover:text-ink">
            {delta.citations.length === 1 ? "1 quoted memory" : `${delta.citations.length} quoted memories`}
          </summary>
          <Quotes citations={delta.citations} />
        </details>
      )}
    </li>
  );
}
