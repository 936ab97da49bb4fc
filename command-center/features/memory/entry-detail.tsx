/** One signed entry in full, and the entries it was derived from. */
"use client";

import { useQueries, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { LoadingState, QueryState } from "@/components/state/panel-states.tsx";
import { CopyIcon } from "@/components/ui/copy-button.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { StateView } from "@/components/ui/state-view.tsx";
import { Moment } from "@/components/ui/time.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { plural, shortId } from "@/lib/format.ts";
import { type EntryView, entryOptions } from "@/lib/queries.ts";

/** The key is the first part of a replica id. */
const authorOf = (entry: EntryView["entry"]) => entry.replica.split(".")[0] ?? entry.replica;

/** The member of the body that people read, by kind. */
const TEXT_MEMBERS = ["content", "description", "text", "hypothesis", "note", "reason", "observation"];

export function textOf(body: Readonly<Record<string, unknown>>): string | null {
  for (const name of TEXT_MEMBERS) {
    const value = body[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

interface Props {
  readonly spore: ChosenSpore;
  readonly id: string;
  readonly onOpen: (id: string) => void;
}

export function EntryDetail({ spore, id, onOpen }: Props) {
  const query = useQuery(entryOptions(spore, id));
  return (
    <QueryState query={query} what="the entry" rows={16}>
      {(view) => <Entry view={view} spore={spore} onOpen={onOpen} />}
    </QueryState>
  );
}

function Entry({ view, spore, onOpen }: { readonly view: EntryView; readonly spore: ChosenSpore; readonly onOpen: (id: string) => void }) {
  const { entry } = view;
  const text = textOf(entry.body);
  return (
    <div className="flex flex-col gap-5">
      {text === null ? null : <p className="max-w-prose text-base whitespace-pre-line">{text}</p>}
      <dl className="grid grid-cols-[repeat(auto-fill,minmax(9rem,1fr))] gap-x-6 gap-y-2">
        <Fact name="Author">
          <SporeName id={authorOf(entry)} />
        </Fact>
        <Fact name="Kind">{entry.kind}</Fact>
        <Fact name="Label">{entry.label}</Fact>
        <Fact name="Written">
          <Moment at={entry.clock[0]} />
        </Fact>
        <Fact name="Number of its author">{entry.counter}</Fact>
      </dl>
      <div className="flex items-center gap-2">
        <code className="min-w-0 truncate font-mono text-xs text-faint" title="SHA-256 of the canonical bytes">
          {view.id}
        </code>
        <CopyIcon text={view.id} label="Copy id" />
      </div>
      <section>
        <h3 className="mb-2 text-sm font-medium">
          {entry.parents.length === 0 ? "Derived from nothing: this is a source" : `Derived from ${plural(entry.parents.length, "entry", "entries")}`}
        </h3>
        <Parents spore={spore} ids={entry.parents} onOpen={onOpen} />
      </section>
      <details>
        <summary className="text-sm text-soft">Everything it holds</summary>
        <div className="mt-3">
          <StateView value={entry.body} />
        </div>
        {view.signature === undefined ? null : (
          <p className="mt-3 font-mono text-xs break-all text-faint">signature {view.signature}</p>
        )}
      </details>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="eyebrow">{name}</dt>
      <dd className="figures truncate">{children}</dd>
    </div>
  );
}

function Parents({ spore, ids, onOpen }: { readonly spore: ChosenSpore; readonly ids: readonly string[]; readonly onOpen: (id: string) => void }) {
  const queries = useQueries({ queries: ids.map((id) => entryOptions(spore, id)) });
  if (ids.length === 0) return null;
  return (
    <ul className="flex flex-col border-l border-edge">
      {ids.map((id, index) => {
        const query = queries[index];
        const text = query?.data === undefined ? null : textOf(query.data.entry.body);
        return (
          <li key={id}>
            <button type="button" onClick={() => onOpen(id)} className="block w-full rounded px-3 py-1.5 text-left hover:bg-hover">
              {query?.isPending ? <LoadingState rows={1} what="a parent" /> : null}
              {query?.error ? <span className="text-soft">Not held or not readable here ({query.error.message})</span> : null}
              {query?.data === undefined ? null : <span className="line-clamp-2">{text ?? query.data.entry.kind}</span>}
              <span className="flex gap-3 text-xs text-faint">
                {query?.data === undefined ? null : (
                  <>
                    <span>{query.data.entry.kind}</span>
                    <SporeName id={authorOf(query.data.entry)} />
                  </>
                )}
                <span className="font-mono">{shortId(id)}</span>
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
