import { describe, expect, test } from "bun:test";
import { type GradedPanel, priorWeights } from "./weight-prior.ts";

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
    const { weights, unknown } = priorWeights(panel({ records: [], panelSize: 1, knownShare: 0 }));
    expect(weights).toEqual([]);
    expect(unknown).toBe(1);
  });

  test("fall off from the best, and whoever has no record stands between them", () => {
    const { weights, unknown } = priorWeights(panel());
    expect(weights).toHaveLength(3);
    expect(weights[0]).toBeGreaterThan(weights[1] as number);
    expect(weights[1]).toBeGreaterThan(weights[2] as number);
    expect(weights[2]).toBeGreaterThanOrEqual(0);
    expect(unknown).toBeLessThan(weights[0] as number);
    expect(unknown).toBeGreaterThan(weights[2] as number);
  });

  test("fall off the more steeply, the more voices there are", () => {
    const [few, many] = [3, 30].map((panelSize) => share(priorWeights(panel({ panelSize }))));
    expect(many).toBeLessThan((few ?? 0) - 0.1);
  });

  test("fall off less steeply where the graded items say so, and never more steeply than usual", () => {
    const usual = share(priorWeights(panel()));
    const even = share(priorWeights(panel({ misfit: (weights) => 200 * (1 - share({ weights })) })));
    expect(even).toBeGreaterThan(usual + 0.1);
    const apart = share(priorWeights(panel({ misfit: (weights) => 200 * share({ weights }) })));
    expect(apart).toBe(usual);
    // A hint too faint to tell from luck moves little.
    const hinted = share(priorWeights(panel({ misfit: (weights) => 1 - share({ weights }) })));
    expect(hinted - usual).toBeLessThan(0.05);
  });

  test("grow with what is known, in the same proportions", () => {
    const [little, much] = [0.1, 0.9].map((knownShare) => priorWeights(panel({ knownShare })));
    expect(much?.weights[0]).toBeGreaterThan((little?.weights[0] ?? 0) * 1.2);
    expect(share(much ?? { weights: [] })).toBeCloseTo(share(little ?? { weights: [] }), 9);
  });
});
