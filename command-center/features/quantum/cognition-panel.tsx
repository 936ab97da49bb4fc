/** What the spore thinks unasked: its five bands, its budget, its thoughts, dreams, surprises and audits. */
"use client";

import type { ReactNode } from "react";
import { ShareBar } from "@/charts/share-bar.tsx";
import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { PageLink } from "@/components/ui/page-link.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { Age } from "@/components/ui/time.tsx";
import { MechanismList } from "@/features/quantum/mechanism-list.tsx";
import { bandsOf, type CognitionView, cognitionViewSchema, remarksOf } from "@/lib/cognition-view.ts";
import { formatCount, formatDecimal, formatShare, GAP, shortId, toMs } from "@/lib/format.ts";

const REMARKS_SHOWN = 8;
const SURPRISES_SHOWN = 5;

export function CognitionPanel() {
  return (
    <PartPanel
      title="Spontaneous cognition"
      path="/api/cognition"
      rows={16}
      className="lg:col-span-2"
      meaning="What the spore does when nobody asks: a scheduler in five bands, free thought when idle, dreams that consolidate memory, curiosity as measured surprise, and an audit of its own calibration."
    >
      {(state) => {
        const parsed = cognitionViewSchema.safeParse(state);
        if (!parsed.success) return <Notice rows={8} title="Told in a way this page does not know" />;
        const view = parsed.data;
        return (
          <div className="flex flex-col gap-6">
            <Figures view={view} />
            <Parts view={view} />
            <div className="grid gap-x-8 gap-y-6 md:grid-cols-2 xl:grid-cols-3">
              <Bands view={view} />
              <Remarks view={view} />
              <Surprises view={view} />
            </div>
          </div>
        );
      }}
    </PartPanel>
  );
}

function Figures({ view }: { readonly view: CognitionView }) {
  const { thoughts, curiosity, dream, metacognition, emergence, workspace, budget } = view;
  const facts = [
    [
      "Thoughts kept",
      formatCount(thoughts?.stored),
      `${formatShare(thoughts?.share)} of entries, at most ${formatShare(thoughts?.share_max)}`,
    ],
    ["Dreams", formatCount(dream?.total_dreams), "memories put together"],
    [
      "Curiosity drive",
      formatDecimal(curiosity?.curiosity_drive),
      `${formatCount(curiosity?.observations)} observations`,
    ],
    ["Surprises", formatCount(curiosity?.recent_surprises), "lately, of what is new"],
    [
      "Calibration error",
      formatDecimal(metacognition?.ece),
      `Brier ${formatDecimal(metacognition?.brier)}, ${formatCount(metacognition?.graded_items)} graded`,
    ],
    [
      "Emergent claims",
      formatCount(emergence?.emergent_events),
      `found by ${formatCount(emergence?.authors_needed)} or more, told by none`,
    ],
    [
      "Broadcasts",
      formatCount(workspace?.total_broadcasts),
      `threshold ${formatDecimal(workspace?.threshold)}`,
    ],
    ["Tokens this hour", formatCount(budget?.tokens_hour), `of ${formatCount(budget?.tokens_hour_max)}`],
  ] as const;
  return (
    <dl className="figures grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-4">
      {facts.map(([name, value, window]) => (
        <div key={name}>
          <dt className="eyebrow">{name}</dt>
          <dd className="text-lg leading-6 font-medium">{value}</dd>
          <dd className="text-xs text-faint">{window}</dd>
        </div>
      ))}
    </dl>
  );
}

function Parts({ view: { mechanisms } }: { readonly view: CognitionView }) {
  if (mechanisms.length === 0) return null;
  return (
    <Part title="Parts" note="what each does, and what it was measured to do">
      <MechanismList mechanisms={mechanisms} />
    </Part>
  );
}

function Part({
  title,
  note,
  children,
}: {
  readonly title: string;
  readonly note: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="min-w-0">
      <h3 className="text-sm font-medium">{title}</h3>
      <p className="mb-2 text-xs text-faint">{note}</p>
      {children}
    </section>
  );
}

function Bands({ view }: { readonly view: CognitionView }) {
  const bands = bandsOf(view);
  const most = Math.max(1, ...bands.map(({ ran }) => ran ?? 0));
  return (
    <Part
      title="Bands"
      note={`tick ${formatCount(view.oscillator?.tick)}; gave way to work or budget ${formatCount(view.oscillator?.gave_way)} times`}
    >
      <ul className="flex flex-col gap-2">
        {bands.map((band) => (
          <li key={band.name}>
            <p className="figures flex items-baseline gap-2">
              <span className="font-medium">{band.name}</span>
              <span className="min-w-0 grow truncate text-xs text-faint">
                {band.meaning}
                {band.period === null ? "" : `, every ${band.period === 1 ? "tick" : `${band.period} ticks`}`}
              </span>
              <span>{band.ran === null ? GAP : formatCount(band.ran)}</span>
            </p>
            <ShareBar share={(band.ran ?? 0) / most} label={`${band.name} ran ${band.ran ?? 0} times`} />
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Remarks({ view }: { readonly view: CognitionView }) {
  const told = remarksOf(view).slice(0, REMARKS_SHOWN);
  return (
    <Part title="Thoughts and dreams" note="newest first; they stay private until the wall lets a claim out">
      {told.length === 0 ? (
        <p className="text-soft">None so far. Free thought begins when no task has come for a while.</p>
      ) : (
        <ul className="flex flex-col gap-2.5">
          {told.map(({ part, remark }) => (
            <li key={`${part}${remark.at}${remark.text}`} className="border-l-2 border-edge pl-3">
              <p className="line-clamp-4 whitespace-pre-line">{remark.text}</p>
              <p className="figures flex flex-wrap gap-x-3 text-xs text-faint">
                <span>{part}</span>
                <span>novelty {formatDecimal(remark.novelty)}</span>
                {remark.fate == null ? null : <span>{remark.fate.replaceAll("_", " ")}</span>}
                <Age at={toMs(remark.at)} />
                <EntryLink id={remark.id ?? null} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function Surprises({ view }: { readonly view: CognitionView }) {
  const surprising = (view.curiosity?.most_surprising ?? []).slice(0, SURPRISES_SHOWN);
  return (
    <Part
      title="Most surprising"
      note="how far a new entry moved the model of what is known, in nats (KL divergence)"
    >
      {surprising.length === 0 ? (
        <p className="text-soft">Nothing surprised it yet.</p>
      ) : (
        <ul className="flex flex-col gap-1.5">
          {surprising.map((one) => (
            <li key={`${one.id}${one.surprise}`} className="figures flex items-baseline gap-3">
              <span className="w-12 text-right font-medium">{formatDecimal(one.surprise, 1)}</span>
              <span className="min-w-0 grow truncate text-soft">
                {one.author == null ? GAP : <SporeName id={one.author} />}
              </span>
              <EntryLink id={one.id ?? null} />
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function EntryLink({ id }: { readonly id: string | null }) {
  if (id === null) return null;
  return (
    <PageLink
      href={`/library?view=memory&entry=${encodeURIComponent(id)}`}
      aria-label={`Open entry ${shortId(id)}`}
      title={id}
      className="text-xs text-faint underline underline-offset-2 hover:text-ink"
    >
      Open entry
    </PageLink>
  );
}
