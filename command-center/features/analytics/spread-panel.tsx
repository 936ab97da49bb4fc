/** Do all spores hold the same? Counts and Merkle roots side by side: equal roots mean equal sets. */
"use client";

import { useFleet } from "@/components/shell/fleet-context.tsx";
import { Notice } from "@/components/state/panel-states.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { Scroller } from "@/components/ui/scroller.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { formatCount, GAP, shortId } from "@/lib/format.ts";
import { useMemories } from "@/lib/queries.ts";

const ROWS = 16;

export function SpreadPanel() {
  const nodes = useFleet()
    .nodes.filter((node) => node.chosen !== null)
    .sort((a, b) => a.name.localeCompare(b.name));
  const memories = useMemories(nodes.flatMap((node) => (node.chosen === null ? [] : [node.chosen])));
  return (
    <Panel title="Memory and gossip by spore">
      <p className="mb-2 text-sm text-faint">
        Spores hold copies of the same set, so these columns are not added up. Equal roots mean equal sets.
      </p>
      {nodes.length === 0 ? (
        <Notice rows={ROWS} title="No spore is connected" />
      ) : (
        <Scroller label="Memory by spore">
          <table className="w-full text-left">
            <thead className="text-xs text-faint">
              <tr>
                <th className="py-1 pr-4 font-normal">Spore</th>
                <th className="py-1 pr-4 text-right font-normal">Public</th>
                <th className="py-1 pr-4 text-right font-normal">Cluster</th>
                <th className="py-1 pr-4 text-right font-normal">Private</th>
                <th className="py-1 pr-4 font-normal">Root, public</th>
                <th className="py-1 font-normal">Root, cluster</th>
              </tr>
            </thead>
            <tbody>
              {nodes.map((node, index) => {
                const data = memories[index]?.data;
                return (
                  <tr key={node.key} className="border-t border-line">
                    <td className="py-1.5 pr-4">
                      <SporeName id={node.key} role={node.role} />
                    </td>
                    <td className="py-1.5 pr-4 text-right">{formatCount(data?.public)}</td>
                    <td className="py-1.5 pr-4 text-right">{formatCount(data?.cluster)}</td>
                    <td className="py-1.5 pr-4 text-right">{formatCount(data?.private)}</td>
                    <td className="py-1.5 pr-4 font-mono text-xs text-soft">
                      {data === undefined ? GAP : shortId(data.roots.public)}
                    </td>
                    <td className="py-1.5 font-mono text-xs text-soft">
                      {data?.roots.cluster === undefined ? GAP : shortId(data.roots.cluster)}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Scroller>
      )}
    </Panel>
  );
}
