/** Gives up on what has gone silent: a transfer of any length may take its time, as long as something comes. */

export interface StallWatch {
  /** Aborted after the silence, or with the outer signal. */
  readonly signal: AbortSignal;
  readonly stalled: () => boolean;
  /** Something came. */
  touch(): void;
  end(): void;
}

/** @param silenceMs for how long nothing may come */
export function watchStalls(silenceMs: number, outer?: AbortSignal): StallWatch {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const touch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(), silenceMs);
  };
  touch();
  return {
    signal: outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]),
    stalled: () => controller.signal.aborted,
    touch,
    end: () => clearTimeout(timer),
  };
}
