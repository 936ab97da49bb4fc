/** What the Sentinel watches: each signal now, against what it learnt to be usual. Drifting ones come first. */
"use client";

import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { Scroller } from "@/components/ui/scroller.tsx";
import { ToneMark } from "@/components/ui/state-badge.tsx";
import { StateView } from "@/components/ui/state-view.tsx";
import { formatCount, formatDecimal, formatIn } from "@/lib/format.ts";
import { type Signal, signalsSchema } from "@/lib/signal-view.ts";

const TONES = { drifting: "bad", steady: "good", learning: "busy" } as const;

function toneOf({ state }: Signal) {
  return TONES[state as keyof typeof TONES] ?? "calm";
}

export function SignalsPanel() {
  return (
    <PartPanel
      title="Signals"
      path="/api/sentinel/status"
      rows={16}
      className="lg:row-span-2"
      meaning="What the Sentinel watches, and whether it drifts beyond two standard deviations of what it learnt to be usual."
    >
      {(state) => {
        const parsed = signalsSchema.safeParse(state);
        const signals = parsed.success ? parsed.data.signals : [];
        return (
          <div className="flex flex-col gap-5">
            {signals.length === 0 ? (
              <Notice rows={6} title="No signal is watched" />
            ) : (
              <Table signals={signals} />
            )}
            <StateView value={state} omit={["enabled", "signals"]} />
          </div>
        );
      }}
    </PartPanel>
  );
}

function Table({ signals }: { readonly signals: readonly Signal[] }) {
  const ordered = [...signals].sort(
    (a, b) =>
      Number(toneOf(b) === "bad") - Number(toneOf(a) === "bad") ||
      Number(a.value == null) - Number(b.value == null),
  );
  return (
    <Scroller label="Signals">
      <table className="w-full text-left">
        <thead className="text-xs text-faint">
          <tr>
            <th className="py-1 pr-4 font-normal">Signal</th>
            <th className="py-1 pr-4 text-right font-normal">Now</th>
            <th className="py-1 pr-4 text-right font-normal">Usual</th>
            <th className="py-1 pr-4 text-right font-normal">Drift</th>
            <th className="py-1 font-normal">State</th>
          </tr>
        </thead>
        <tbody>
          {ordered.map((signal) => (
            <tr key={signal.signal} className="border-t border-line">
              <td className="py-1.5 pr-4" title={signal.signal}>
                {signal.title ?? signal.signal.replaceAll("_", " ")}
              </td>
              <td className="py-1.5 pr-4 text-right whitespace-nowrap">
                {formatIn(signal.unit ?? "", signal.value)}
              </td>
              <td className="py-1.5 pr-4 text-right whitespace-nowrap">
                {formatIn(signal.unit ?? "", signal.mean)}
              </td>
              <td className="py-1.5 pr-4 text-right whitespace-nowrap" title="in standard deviations">
                {formatDecimal(signal.drift ?? signal.deviation, 1)}
              </td>
              <td className="py-1.5 whitespace-nowrap" title={`${formatCount(signal.samples)} samples`}>
                <span className="inline-flex items-center gap-1.5 text-soft">
                  <ToneMark tone={toneOf(signal)} /> {signal.state}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
