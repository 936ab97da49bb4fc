/**
 * Who goes first, without anybody deciding: rendezvous hashing (Thaler & Ravishankar 1998), weighted as by Wang et al.
 *
 * Every spore computes the same order from the same task and candidates. The first acts at once; each next one waits
 * for one more deadline, so a dead or silent spore delays the work and never stops it.
 */
import { sha256Hex } from "@synapse/shared/hash.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";

/** Candidates in order, best first. `weight` > 0 makes a candidate proportionally likelier to be early. */
export function rendezvousOrder(
  subject: string,
  candidates: Iterable<PublicKey>,
  weight: (candidate: PublicKey) => number = () => 1,
): PublicKey[] {
  return [...new Set(candidates)]
    .map((candidate) => {
      // 52 bits: what a double holds exactly; +1 keeps the logarithm away from zero.
      const draw =
        (Number.parseInt(sha256Hex(`${subject}|${candidate}`).slice(0, 13), 16) + 1) / (2 ** 52 + 1);
      return { candidate, score: -Math.log(draw) / Math.max(weight(candidate), 1e-6) };
    })
    .sort((a, b) => a.score - b.score || (a.candidate < b.candidate ? -1 : 1))
    .map(({ candidate }) => candidate);
}
