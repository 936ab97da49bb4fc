/** The models this spore can ask, and how they have answered. */
"use client";

import type { Providers } from "@synapse/shared/contract/status.ts";
import { Notice, NotRunning, QueryState } from "@/components/state/panel-states.tsx";
import { reasonOf } from "@/components/state/part-panel.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { Scroller } from "@/components/ui/scroller.tsx";
import { formatCount, formatDecimal, GAP } from "@/lib/format.ts";
import { useProviders } from "@/lib/queries.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

const ROWS = 8;

export function ProviderPanel() {
  const { spore, node } = useSelectedSpore();
  const query = useProviders(spore);
  return (
    <Panel title="Providers">
      <p className="mb-2 text-sm text-faint">
        Who was asked, how often, and with what success. Counts since the spore started.
      </p>
      {spore === null ? (
        <Notice rows={ROWS} title="No spore is connected" />
      ) : (
        <QueryState query={query} what="providers" rows={ROWS}>
          {(data) =>
            isProviders(data) ? (
              <Table providers={data.providers} />
            ) : (
              <NotRunning rows={ROWS} spore={node?.name ?? "this spore"} reason={reasonOf(data)} />
            )
          }
        </QueryState>
      )}
    </Panel>
  );
}

function isProviders(data: object): data is Providers {
  return "providers" in data && Array.isArray(data.providers);
}

function Table({ providers }: { readonly providers: Providers["providers"] }) {
  const shown = [...providers].sort(
    (a, b) => Number(b.configured) - Number(a.configured) || b.calls - a.calls,
  );
  const idle = shown.filter((provider) => !provider.configured);
  return (
    <>
      <Scroller label="Providers">
        <table className="w-full text-left">
          <thead className="text-xs text-faint">
            <tr>
              <th className="py-1 pr-4 font-normal">Provider</th>
              <th className="py-1 pr-4 font-normal">State</th>
              <th className="py-1 pr-4 text-right font-normal">Calls</th>
              <th className="py-1 pr-4 text-right font-normal">Failed</th>
              <th className="py-1 pr-4 text-right font-normal">Tokens in / out</th>
              <th className="py-1 text-right font-normal">Mean ms</th>
            </tr>
          </thead>
          <tbody>
            {shown
              .filter((provider) => provider.configured)
              .map((provider) => (
                <tr key={provider.id} className="border-t border-line">
                  <td className="py-1.5 pr-4">
                    {provider.name}
                    <span className="block text-xs text-faint">{provider.models.join(", ")}</span>
                  </td>
                  <td className="py-1.5 pr-4 text-soft" title={provider.reason ?? undefined}>
                    {provider.state}
                  </td>
                  <td className="py-1.5 pr-4 text-right">{formatCount(provider.calls)}</td>
                  <td className="py-1.5 pr-4 text-right">{formatCount(provider.failures)}</td>
                  <td className="py-1.5 pr-4 text-right">
                    {formatCount(provider.tokens_in)} / {formatCount(provider.tokens_out)}
                  </td>
                  <td className="py-1.5 text-right">
                    {provider.latency_ms_mean === null ? GAP : formatDecimal(provider.latency_ms_mean, 0)}
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </Scroller>
      {idle.length === 0 ? null : (
        <p className="mt-2 text-xs text-faint">
          Not configured: {idle.map((provider) => provider.name).join(", ")}
        </p>
      )}
    </>
  );
}
