/** Pairs of spores whose graded results move together, by both channels: right together, wrong together. */
"use client";

import { Notice } from "@/components/state/panel-states.tsx";
import { Scroller } from "@/components/ui/scroller.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { formatCount, formatDecimal } from "@/lib/format.ts";
import { quantumViewSchema } from "@/lib/quantum-view.ts";

export function Entangled({ state }: { readonly state: Readonly<Record<string, unknown>> }) {
  const parsed = quantumViewSchema.safeParse(state);
  const entanglement = parsed.success ? parsed.data.entanglement : null;
  if (entanglement == null || entanglement.pairs.length === 0) {
    return (
      <Notice rows={6} title="No pair is entangled">
        It takes graded answers of both before anything can be said.
      </Notice>
    );
  }
  return (
    <Scroller label="Entangled spores">
      <table className="w-full text-left">
        <thead className="text-xs text-faint">
          <tr>
            <th className="py-1 pr-4 font-normal">Spore</th>
            <th className="py-1 pr-4 font-normal">Spore</th>
            <th className="py-1 pr-4 text-right font-normal">Right together</th>
            <th className="py-1 pr-4 text-right font-normal">Wrong together</th>
            <th className="py-1 text-right font-normal">Items</th>
          </tr>
        </thead>
        <tbody>
          {entanglement.pairs.map((pair) => (
            <tr key={`${pair.a} ${pair.b}`} className="border-t border-line">
              <td className="py-1.5 pr-4">
                <SporeName id={pair.a} />
              </td>
              <td className="py-1.5 pr-4">
                <SporeName id={pair.b} />
              </td>
              <td className="py-1.5 pr-4 text-right">{formatDecimal(pair.successes)}</td>
              <td className="py-1.5 pr-4 text-right">{formatDecimal(pair.errors)}</td>
              <td className="py-1.5 text-right">{formatCount(pair.items)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-2 text-xs text-faint">
        Correlations between −1 and 1; from {formatDecimal(entanglement.threshold)} on a pair counts as
        entangled.
      </p>
    </Scroller>
  );
}
