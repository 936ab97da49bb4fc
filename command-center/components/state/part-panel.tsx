/** A panel for one part of a spore: its state as it reports it, or the reason why it does not run. */
"use client";

import type { ReactNode } from "react";
import { NoSpore } from "@/components/state/no-spore.tsx";
import { heightOf, Notice, NotRunning, QueryState, type Rows } from "@/components/state/panel-states.tsx";
import { Panel } from "@/components/ui/panel.tsx";
import { STATE_COLUMNS, stateRows } from "@/components/ui/state-rows.ts";
import { StateView } from "@/components/ui/state-view.tsx";
import { TakeAway, ToolPlace } from "@/components/ui/take-away.tsx";
import { Age } from "@/components/ui/time.tsx";
import { fileName } from "@/lib/download.ts";
import { usePart } from "@/lib/queries.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

type State = Readonly<Record<string, unknown>>;

interface Props {
  readonly title: string;
  /** What the part is, in plain words. */
  readonly meaning: string;
  readonly path: `/${string}`;
  readonly rows: Rows;
  /** Members shown elsewhere or of no interest. */
  readonly omit?: readonly string[];
  readonly className?: string;
  /** Tools in the panel's head, for what the spore told; left out, all of it can be taken away, member by member. */
  readonly actions?: (state: State) => ReactNode;
  /** The content's own frame while it is being read. */
  readonly loading?: ReactNode;
  readonly children?: (state: State) => ReactNode;
}

export function PartPanel(props: Props) {
  const { title, meaning, path, rows, omit = [], className = "", actions, loading, children } = props;
  const { spore, node } = useSelectedSpore();
  const query = usePart(spore, path);
  const takeAll = (state: State) => (
    <TakeAway name={fileName(title)} rows={() => stateRows(state)} columns={STATE_COLUMNS} json={state} />
  );
  const told = query.data?.enabled === false ? undefined : query.data;
  return (
    <Panel
      title={title}
      className={className}
      note={
        query.data === undefined ? undefined : (
          <>
            as of <Age at={query.dataUpdatedAt} />
          </>
        )
      }
      actions={told === undefined ? <ToolPlace /> : (actions ?? takeAll)(told)}
    >
      <p className="mb-3 max-w-prose text-sm text-faint">{meaning}</p>
      {spore === null ? (
        <NoSpore rows={rows} loading={loading} />
      ) : (
        <QueryState query={query} what={title} rows={rows} loading={loading}>
          {(state: State) =>
            state.enabled === false ? (
              <NotRunning rows={rows} spore={node?.name ?? "this spore"} reason={reasonOf(state)} />
            ) : isBare(state, omit) ? (
              <Notice rows={rows} title="Nothing to show yet">
                The spore runs this part and has reported nothing of it so far.
              </Notice>
            ) : (
              <div className={heightOf(rows)}>
                {children === undefined ? (
                  <StateView value={state} omit={["enabled", ...omit]} />
                ) : (
                  children(state)
                )}
              </div>
            )
          }
        </QueryState>
      )}
    </Panel>
  );
}

export function reasonOf(state: State): string {
  return typeof state.reason === "string" ? state.reason : "The spore gives no reason.";
}

function isBare(state: State, omit: readonly string[]): boolean {
  return Object.keys(state).every((name) => name === "enabled" || omit.includes(name));
}
