/**
 * How soon a spore answers while something else is done to it, measured on a thread of its own: a caller that pours a
 * gigabyte delays its own clock far longer than it delays the spore.
 *
 * `watchHealth(url, least)` asks `GET /api/health` every 5 ms, one request at a time, until it is told to stop and has
 * asked `least` times. Anything but 200 within 10 s fails it.
 */
declare const self: Worker;

export interface HealthWatch {
  /** @returns the 95th percentile of the answers' times, ms; rejects with what went wrong */
  readonly end: () => Promise<number>;
}

interface Order {
  readonly url: string;
  readonly least: number;
}
type Report = { readonly p95: number } | { readonly failure: string };

export function watchHealth(url: string, least: number): HealthWatch {
  const worker = new Worker(import.meta.path);
  const report = new Promise<Report>((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<Report>) => resolve(data);
    worker.onerror = ({ message }) => resolve({ failure: message });
  });
  worker.postMessage({ url, least } satisfies Order);
  return {
    end: async () => {
      worker.postMessage("stop");
      const told = await report;
      worker.terminate();
      if ("failure" in told) throw new Error(told.failure);
      return told.p95;
    },
  };
}

async function measure({ url, least }: Order, isOver: () => boolean): Promise<number> {
  const times: number[] = [];
  while (!isOver() || times.length < least) {
    const startedAt = performance.now();
    const health = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(10_000) });
    await health.arrayBuffer();
    if (health.status !== 200) throw new Error(`health answered ${health.status}`);
    times.push(performance.now() - startedAt);
    await Bun.sleep(5);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)] as number;
}

if (!Bun.isMainThread) {
  let isOver = false;
  self.onmessage = ({ data }: MessageEvent<Order | "stop">) => {
    if (data === "stop") {
      isOver = true;
      return;
    }
    measure(data, () => isOver).then(
      (p95) => self.postMessage({ p95 } satisfies Report),
      (error: unknown) => self.postMessage({ failure: String(error) } satisfies Report),
    );
  };
}
