/** Says on every page that nothing here is live: what is played, when it was recorded, and the way out. */
"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Clapperboard, RotateCcw, X } from "lucide-react";
import { Button } from "@/components/ui/button.tsx";
import { endDemo, startDemo, useDemoStart } from "@/demo/demo-state.ts";
import { loadRecording } from "@/demo/recording.ts";
import { useNow } from "@/lib/clock.ts";
import { formatDuration, formatMoment } from "@/lib/format.ts";
import { keys } from "@/lib/keys.ts";

export function DemoBanner() {
  const startedAt = useDemoStart();
  return startedAt === null ? null : <Banner startedAt={startedAt} />;
}

function Banner({ startedAt }: { readonly startedAt: number }) {
  const client = useQueryClient();
  const now = useNow();
  const recording = useQuery({
    queryKey: keys.recording,
    queryFn: loadRecording,
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
  const left = recording === undefined ? null : startedAt + recording.duration_ms - now;
  const leave = () => {
    window.history.replaceState(null, "", window.location.pathname);
    endDemo();
    void client.resetQueries();
  };
  const again = () => {
    startDemo();
    void client.resetQueries();
  };
  return (
    <section
      aria-label="Demo"
      className="mx-4 mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded bg-warn-wash px-3 py-1.5 text-sm text-warn sm:mx-5"
    >
      <Clapperboard size={15} aria-hidden="true" className="shrink-0" />
      <p className="min-w-0 grow">
        <strong className="font-semibold">Demo.</strong> Nothing here is live: a recording of a real swarm
        {recording === undefined
          ? ""
          : ` of ${recording.spores.length} spores, made on ${formatMoment(Date.parse(recording.recorded_at))}, is replayed`}
        .{" "}
        <span className="figures">
          {left === null ? "" : left > 0 ? `${formatDuration(left)} left.` : "It has ended."}
        </span>
      </p>
      <Button look="bare" className="text-warn" onClick={again}>
        <RotateCcw size={14} /> Play again
      </Button>
      <Button look="bare" className="text-warn" onClick={leave}>
        <X size={14} /> Leave
      </Button>
    </section>
  );
}
