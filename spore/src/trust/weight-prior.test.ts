import { describe, expect, test } from "bun:test";
import { fitPrior, type GradedPanel } from "./weight-prior.ts";

const RECORDS = [
  { right: 80, items: 100 },
  { right: 60, items: 100 },
  { right: 30, items: 100 },
];

function panel(over: Partial<GradedPanel> = {}): GradedPanel {
  return { records: RECORDS, panelSize: 3, knownShare: 0.8, misfit: () => 0, ...over };
}

/** Of the second voice in terms of the best. */
const share = ({ weights }: { readonly weights: readonly number[] }): number =>
  (weights[1] ?? 0) / (weights[0] ?? 1);

describe("weights from accuracies alone", () => {
  test("nothing graded: whoever comes weighs 1", () => {
    const { weights, unknown } = fitPrior(panel({ records: [], panelSize: 1, knownShare: 0 }));
    expect(weights).toEqual([]);
    expect(unknown).toBe(1);
  });

  test("fall off from the best, and whoever has no record stands between them", () => {
    const { weights, unknown } = fitPrior(panel());
    expect(weights).toHaveLength(3);
    expect(weights[0]).toBeGreaterThan(weights[1] as number);
    expect(weights[1]).toBeGreaterThan(weights[2] as number);
    expect(weights[2]).toBeGreaterThanOrEqual(0);
    expect(unknown).toBeLessThan(weights[0] as number);
    expect(unknown).toBeGreaterThan(weights[2] as number);
  });

  test("fall off as steeply as the graded items say, and as usual where they say nothing", () => {
    const usual = share(fitPrior(panel()));
    const even = share(fitPrior(panel({ misfit: (weights) => 200 * (1 - share({ weights })) })));
    const apart = share(fitPrior(panel({ misfit: (weights) => 200 * share({ weights }) })));
    expect(even).toBeGreaterThan(usual + 0.1);
    expect(apart).toBeLessThan(usual - 0.1);
    // A hint too faint to tell from luck moves little.
    const hinted = share(fitPrior(panel({ misfit: (weights) => share({ weights }) })));
    expect(Math.abs(hinted - usual)).toBeLessThan(0.05);
  });

  test("grow with what is known, in the same proportions", () => {
    const [little, much] = [0.1, 0.9].map((knownShare) => fitPrior(panel({ knownShare })));
    expect(much?.weights[0]).toBeGreaterThan((little?.weights[0] ?? 0) * 1.2);
    expect(share(much ?? { weights: [] })).toBeCloseTo(share(little ?? { weights: [] }), 9);
  });
});
