/** One signed entry in full, and the entries it was derived from. */
"use client";

import { useQuery } from "@tanstack/react-query";
import { QueryState } from "@/components/state/panel-states.tsx";
import { CopyIcon } from "@/components/ui/copy-button.tsx";
import { Fact } from "@/components/ui/fact.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { StateView } from "@/components/ui/state-view.tsx";
import { Moment } from "@/components/ui/time.tsx";
import { authorOf, textOf } from "@/features/memory/entry-text.ts";
import { Provenance } from "@/features/memory/provenance.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { plural, shortId } from "@/lib/format.ts";
import { type EntryView, entryOptions, type Relative } from "@/lib/queries.ts";

interface Props {
  readonly spore: ChosenSpore;
  readonly id: string;
  readonly onOpen: (id: string) => void;
}

export function EntryDetail({ spore, id, onOpen }: Props) {
  const query = useQuery(entryOptions(spore, id));
  return (
    <QueryState query={query} what="the entry" rows={16}>
      {(view) => <Entry key={id} spore={spore} view={view} onOpen={onOpen} />}
    </QueryState>
  );
}

interface EntryProps {
  readonly spore: ChosenSpore;
  readonly view: EntryView;
  readonly onOpen: (id: string) => void;
}

function Entry({ spore, view, onOpen }: EntryProps) {
  const { entry } = view;
  const text = textOf(entry.body);
  return (
    <div className="flex flex-col gap-5">
      {text === null ? null : <p className="max-w-prose text-base whitespace-pre-line">{text}</p>}
      <dl className="grid [&_dd]:truncate grid-cols-[repeat(auto-fill,minmax(9rem,1fr))] gap-x-6 gap-y-2">
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
        <code
          className="min-w-0 truncate font-mono text-xs text-faint"
          title="SHA-256 of the canonical bytes"
        >
          {view.id}
        </code>
        <CopyIcon text={view.id} label="Copy id" />
      </div>
      <section>
        <h3 className="mb-2 text-sm font-medium">Provenance</h3>
        <Provenance spore={spore} view={view} onOpen={onOpen} />
      </section>
      {entry.parents.length === 0 ? (
        <p className="text-soft">Derived from nothing: this is a source.</p>
      ) : (
        <Relatives
          title={`Derived from ${plural(entry.parents.length, "entry", "entries")}`}
          relatives={view.parents}
          unknown={entry.parents.length - view.parents.length}
          onOpen={onOpen}
        />
      )}
      {view.children.length === 0 ? null : (
        <Relatives
          title={`Led to ${plural(view.children.length, "entry", "entries")}`}
          relatives={view.children}
          unknown={0}
          onOpen={onOpen}
        />
      )}
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

/** Entries this one came from, or that came from it. What is not held or not readable here is counted, not hidden. */
function Relatives({
  title,
  relatives,
  unknown,
  onOpen,
}: {
  readonly title: string;
  readonly relatives: readonly Relative[];
  readonly unknown: number;
  readonly onOpen: (id: string) => void;
}) {
  return (
    <section>
      <h3 className="mb-2 text-sm font-medium">{title}</h3>
      <ul className="flex flex-col border-l border-edge">
        {relatives.map((relative) => (
          <li key={relative.id}>
            <button
              type="button"
              onClick={() => onOpen(relative.id)}
              className="block w-full rounded px-3 py-1.5 text-left hover:bg-hover"
            >
              <span className="line-clamp-2">{relative.content || relative.kind}</span>
              <span className="flex gap-3 text-xs text-faint">
                <span>{relative.kind}</span>
                <SporeName id={relative.author} />
                <span className="font-mono">{shortId(relative.id)}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {unknown > 0 ? (
        <p className="mt-1 text-xs text-faint">{unknown} more not held or not readable here</p>
      ) : null}
    </section>
  );
}
