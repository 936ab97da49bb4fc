/** The models this spore can ask: who answers, at what cost, what is left of each quota, and why the others were skipped. */
"use client";

import { NoSpore } from "@/components/state/no-spore.tsx";
import { NotRunning, QueryState } from "@/components/state/panel-states.tsx";
import { reasonOf } from "@/components/state/part-panel.tsx";
import { DataTable } from "@/components/ui/data-table.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import type { Column } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { Age, Moment } from "@/components/ui/time.tsx";
import { Budget, Quotas, Skipped } from "@/features/analytics/provider-limits.tsx";
import { formatCount, formatIn, GAP, toMs } from "@/lib/format.ts";
import type { Provider, ProviderView } from "@/lib/provider-view.ts";
import { useProviders } from "@/lib/queries.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

/** Table, budget and quotas of a spore with a few keys. */
const ROWS = 16;

const COLUMNS: readonly Column<Provider>[] = [
  {
    name: "Provider",
    value: ({ name }) => name,
    cell: (provider) => (
      <>
        {provider.name}
        <span className="block text-xs text-faint">{provider.models.join(", ")}</span>
      </>
    ),
  },
  { name: "State", value: ({ state }) => state, cell: (provider) => <State provider={provider} /> },
  {
    name: "Calls",
    numeric: true,
    value: ({ calls }) => calls ?? null,
    cell: ({ calls }) => formatCount(calls),
  },
  {
    name: "Failed",
    numeric: true,
    value: ({ failures }) => failures ?? null,
    cell: ({ failures }) => formatCount(failures),
  },
  {
    name: "Tokens",
    numeric: true,
    value: ({ tokens_in, tokens_out }) => (tokens_in ?? 0) + (tokens_out ?? 0),
    cell: ({ tokens_in, tokens_out }) => (
      <span title="in / out">
        {formatCount(tokens_in)} / {formatCount(tokens_out)}
      </span>
    ),
  },
  { name: "Cost", numeric: true, value: ({ usd }) => usd ?? null, cell: ({ usd }) => formatIn("USD", usd) },
  {
    name: "Mean time",
    numeric: true,
    value: ({ latency_ms_mean }) => latency_ms_mean ?? null,
    cell: ({ latency_ms_mean }) => formatIn("ms", latency_ms_mean),
  },
];

export function ProviderPanel() {
  const { spore, node } = useSelectedSpore();
  const query = useProviders(spore);
  const data = query.data?.enabled === false ? null : (query.data ?? null);
  return (
    <Panel
      title="Providers"
      note={
        query.data === undefined ? undefined : (
          <>
            as of <Age at={query.dataUpdatedAt} />
          </>
        )
      }
      actions={<TakeAway name="providers" rows={data?.providers ?? []} columns={COLUMNS} json={data} />}
    >
      <p className="mb-2 text-sm text-faint">
        Who was asked, how often, at what cost, and with what success. Counts since the spore started; the
        reasoner built into the spore is no model, so its calls stand here and not in the history of calls to
        models.
      </p>
      {spore === null ? (
        <NoSpore rows={ROWS} />
      ) : (
        <QueryState query={query} what="providers" rows={ROWS}>
          {(told) =>
            told.enabled !== false ? (
              <Told data={told} />
            ) : (
              <NotRunning rows={ROWS} spore={node?.name ?? "this spore"} reason={reasonOf(told)} />
            )
          }
        </QueryState>
      )}
    </Panel>
  );
}

function Told({ data }: { readonly data: ProviderView }) {
  const { providers } = data;
  const configured = providers
    .filter((provider) => provider.configured)
    .sort((a, b) => (b.calls ?? 0) - (a.calls ?? 0));
  const idle = providers.filter((provider) => !provider.configured);
  return (
    <div className="flex flex-col gap-4">
      <DataTable label="Providers" columns={COLUMNS} rows={configured} keyOf={({ id }) => id} />
      <Quotas providers={configured} />
      <Budget budget={data.budget} />
      <Skipped recent={data.recent} />
      {idle.length === 0 ? null : <Idle providers={idle} />}
    </div>
  );
}

function State({ provider }: { readonly provider: Provider }) {
  const until = toMs(provider.until ?? null);
  return (
    <span className="text-soft">
      {provider.state}
      {until === null ? null : (
        <>
          {" until "}
          <Moment at={until} />
        </>
      )}
      {provider.reason == null ? null : <span className="block text-xs text-faint">{provider.reason}</span>}
    </span>
  );
}

function Idle({ providers }: { readonly providers: readonly Provider[] }) {
  return (
    <details>
      <summary className="inline-block rounded text-xs text-faint hover:text-ink">
        {providers.length} not in use
      </summary>
      <ul className="mt-2 flex flex-col gap-1 text-xs text-soft">
        {providers.map((provider) => (
          <li key={provider.id}>
            <span className="font-medium">{provider.name}</span>: {provider.reason ?? GAP}
            {provider.mend == null ? "" : `; ${provider.mend}`}
          </li>
        ))}
      </ul>
    </details>
  );
}
