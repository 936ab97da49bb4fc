/**
 * How live the page is, over all streams: how many are open, how fast events come, how old the last one is, when the
 * next reconnect happens. Opens a list with each spore's own stream. The pause button stands beside it.
 */
"use client";

import { useQueries } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import { useEffect, useState } from "react";
import { useConnect } from "@/components/shell/connect-context.tsx";
import { useFleetNames } from "@/components/shell/fleet-context.tsx";
import { Button, IconButton } from "@/components/ui/button.tsx";
import { ToneMark } from "@/components/ui/state-badge.tsx";
import { Age } from "@/components/ui/time.tsx";
import { isDemoUrl } from "@/demo/demo-state.ts";
import { useNow } from "@/lib/clock.ts";
import { formatDuration } from "@/lib/format.ts";
import { keys } from "@/lib/keys.ts";
import { STREAMS_MAX, usePause } from "@/lib/live.tsx";
import { eventRate, INITIAL_LIVE, type LiveState } from "@/lib/live-state.ts";
import { useChosen } from "@/lib/queries.ts";

/** Screen readers hear of the connection at most this often. */
const ANNOUNCE_EVERY_MS = 10_000;

interface Watched {
  readonly url: string;
  readonly live: LiveState;
}

function useWatched(): readonly Watched[] {
  const chosen = useChosen().slice(0, STREAMS_MAX);
  const states = useQueries({
    queries: chosen.map((spore) => ({
      queryKey: keys.live(spore.url),
      queryFn: () => INITIAL_LIVE,
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  return chosen.map((spore, index) => ({ url: spore.url, live: states[index]?.data ?? INITIAL_LIVE }));
}

interface Summary {
  readonly tone: "good" | "warn" | "bad" | "calm";
  readonly word: string;
}

export function summarise(watched: readonly Watched[], now: number): Summary {
  const isDemo = watched.some(({ url }) => isDemoUrl(url));
  if (watched.length === 0) return { tone: "calm", word: "No spores" };
  const open = watched.filter((w) => w.live.phase === "live").length;
  const retries = watched.flatMap((w) =>
    w.live.phase === "waiting" && w.live.retryAt !== null ? [w.live.retryAt] : [],
  );
  const retry = retries.length === 0 ? "" : ` in ${formatDuration(Math.min(...retries) - now)}`;
  if (open === watched.length && isDemo) return { tone: "warn", word: "Demo" };
  if (open === watched.length) return { tone: "good", word: "Live" };
  if (open > 0) return { tone: "warn", word: `Live ${open} of ${watched.length}` };
  if (watched.every((w) => w.live.phase === "hidden")) return { tone: "calm", word: "Asleep" };
  if (watched.some((w) => w.live.phase === "connecting")) return { tone: "calm", word: "Connecting" };
  if (watched.every((w) => w.live.phase === "unauthorised")) return { tone: "warn", word: "Unauthorised" };
  if (watched.every((w) => w.live.phase === "unsupported")) return { tone: "warn", word: "Polling" };
  return { tone: "bad", word: `Reconnecting${retry}` };
}

export function LiveIndicator() {
  const now = useNow();
  const watched = useWatched();
  const pause = usePause();
  const [open, setOpen] = useState(false);
  const { tone, word } = summarise(watched, now);
  const rate = watched.reduce((sum, w) => sum + eventRate(w.live.arrivals, now), 0);
  const last = watched.reduce<number | null>(
    (max, w) => Math.max(max ?? 0, w.live.lastEventAt ?? 0) || null,
    null,
  );
  useEffect(() => {
    if (!open) return;
    const close = (event: KeyboardEvent) => (event.key === "Escape" ? setOpen(false) : undefined);
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, [open]);
  return (
    <div className="relative flex items-center gap-1">
      <Button look="bare" aria-expanded={open} className="px-2" onClick={() => setOpen(!open)}>
        <span className="sr-only">Connection:</span>
        <ToneMark tone={pause.paused ? "warn" : tone} />
        <span className="figures">
          {pause.paused ? (pause.waiting > 0 ? `Paused · ${pause.waiting} new` : "Paused") : word}
        </span>
        <span className="figures hidden text-xs text-faint lg:inline">
          {rate}/min · {last === null ? "no event yet" : <Age at={last} />}
        </span>
      </Button>
      <IconButton
        label={pause.paused ? "Go on (p)" : "Pause (p)"}
        onClick={pause.toggle}
        className="max-sm:hidden"
      >
        {pause.paused ? <Play size={15} /> : <Pause size={15} />}
      </IconButton>
      <Announcer text={pause.paused ? "Paused" : word} />
      {open ? <StreamList watched={watched} now={now} onClose={() => setOpen(false)} /> : null}
    </div>
  );
}

/** Polite and rate-limited: one sentence when the connection changed, not one a second. */
function Announcer({ text }: { readonly text: string }) {
  const [said, setSaid] = useState("");
  const word = text.replace(/ in .*/, "");
  useEffect(() => {
    const timer = setTimeout(() => setSaid(word), ANNOUNCE_EVERY_MS / 10);
    return () => clearTimeout(timer);
  }, [word]);
  return (
    <span role="status" aria-live="polite" className="sr-only">
      {said}
    </span>
  );
}

const PHASE_WORDS: Readonly<Record<LiveState["phase"], string>> = {
  connecting: "connecting",
  live: "live",
  waiting: "reconnecting",
  hidden: "asleep while the tab was hidden",
  unauthorised: "unauthorised",
  unsupported: "no stream, polled",
};

function StreamList({
  watched,
  now,
  onClose,
}: {
  readonly watched: readonly Watched[];
  readonly now: number;
  readonly onClose: () => void;
}) {
  const names = useFleetNames();
  const total = useChosen().length;
  const connect = useConnect();
  return (
    <div className="absolute top-10 right-0 z-30 w-80 max-w-[calc(100vw-1.5rem)] rounded bg-panel p-3 shadow-pop">
      <p className="eyebrow mb-2">
        {total > watched.length
          ? `${watched.length} of ${total} spores streamed, the others polled`
          : "Event streams"}
      </p>
      <ul className="flex max-h-72 flex-col gap-2 overflow-y-auto">
        {watched.map(({ url, live }) => (
          <li key={url} className="flex flex-col text-sm">
            <span className="flex items-center justify-between gap-2">
              <span className="truncate">{names.find(url)?.name}</span>
              <span className="figures text-xs text-soft">
                {PHASE_WORDS[live.phase]}
                {live.retryAt === null ? "" : ` in ${formatDuration(live.retryAt - now)}`}
              </span>
            </span>
            <span className="figures text-xs text-faint">
              {eventRate(live.arrivals, now)}/min · last event <Age at={live.lastEventAt} />
              {live.cause === null || live.phase === "live" ? null : ` · ${live.cause}`}
            </span>
          </li>
        ))}
      </ul>
      <div className="mt-3 flex gap-2">
        <Button
          onClick={() => {
            onClose();
            connect.open("spores");
          }}
        >
          Connections
        </Button>
      </div>
    </div>
  );
}
