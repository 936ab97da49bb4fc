/**
 * How much two voices are expected to err together, from what they say produced them. Pure, and recomputable from a
 * receipt alone; what grades teach later comes on top.
 *
 * The embedded reasoner gives the same answer wherever the same memories are: its voices are copies. Two calls of one
 * model share its knowledge and its habits; on recorded answers models of one vendor agree on wrong answers about
 * .64 of the time, against .22 to .41 between vendors (`bun run eval`), whence the two constants.
 */
import { BACKGROUND_CORRELATION } from "./aggregate.ts";

/** What contributions of the embedded reasoner name as their provider. */
export const EMBEDDED_PROVIDER = "embedded";
const SAME_MODEL_CORRELATION = 0.8;

export interface StatedSource {
  readonly author: string;
  readonly provider: string;
  readonly model: string;
}

/** Of each author the source given last counts. */
export function modelCorrelation(sources: readonly StatedSource[]): (a: string, b: string) => number {
  const sourceOf = new Map(sources.map((source) => [source.author, source]));
  return (a, b) => {
    const [one, other] = [sourceOf.get(a), sourceOf.get(b)];
    if (one === undefined || other === undefined || one.model !== other.model) return BACKGROUND_CORRELATION;
    return one.provider === EMBEDDED_PROVIDER && other.provider === EMBEDDED_PROVIDER
      ? 1
      : SAME_MODEL_CORRELATION;
  };
}
