/**
 * What the parts of a spore tell of themselves, for the page's tests and pictures, by path: a spore that works with a
 * model, has graded answers, thinks and proposes (BUSY), and one that only answers (QUIET), whose commander switched
 * idle thinking and the Sentinel off. `fixtures.test.ts` holds the shapes to those of a real spore.
 */

import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import { cognitionCounts } from "./cognition-counts.ts";
import { summaryOf, tasks } from "./fixtures.ts";
import { cognition, cognitionOff, quantum, quantumAtRest, trust, trustOfNobody } from "./mind-fixtures.ts";
import {
  closedWall,
  deploymentLog,
  federation,
  noDeployments,
  noProposals,
  proposals,
  sentinel,
  sentinelOff,
  settings,
  wall,
} from "./policy-fixtures.ts";
import { cortex, cortexOff, providers, providersWithoutKeys } from "./provider-fixtures.ts";

type Parts = Readonly<Record<string, () => unknown>>;

const convergence = () => {
  const running = tasks().find(({ status }) => status === "reasoning") as TaskDetail;
  const { agreement_history: past } = running;
  return {
    spore: "harbour",
    global_agreement: past.at(-1)?.agreement ?? null,
    active_tasks: 1,
    converged_tasks: 3,
    unresolved_tasks: 1,
    tasks: [
      {
        ...summaryOf(running),
        delta_count: running.deltas.length,
        velocity: past.at(-1)?.velocity ?? 0,
        clusters: past.at(-1)?.clusters ?? 0,
        posterior: 0.61,
        effective_voices: 2.1,
        history: past.map(({ agreement }) => agreement),
      },
    ],
  };
};

/** Made anew for each question, so that ages are right. */
export const BUSY: Parts = {
  "/api/trust": trust,
  "/api/quantum": quantum,
  "/api/cognition": cognition,
  "/api/proposals": proposals,
  "/api/providers": providers,
  "/api/settings": settings,
  "/api/sentinel/status": sentinel,
  "/api/sentinel/deployments": deploymentLog,
  "/api/cortex": cortex,
  "/api/wall": wall,
  "/api/federation/status": federation,
  "/api/convergence": convergence,
};

export const QUIET: Parts = {
  ...BUSY,
  "/api/trust": trustOfNobody,
  "/api/quantum": quantumAtRest,
  "/api/cognition": cognitionOff,
  "/api/proposals": noProposals,
  "/api/providers": providersWithoutKeys,
  "/api/sentinel/status": sentinelOff,
  "/api/sentinel/deployments": noDeployments,
  "/api/cortex": cortexOff,
  "/api/wall": closedWall,
};

type Told = Record<string, unknown>;

/** What a spore leaves out for those without its operator's token. */
const HIDDEN: Readonly<Record<string, (told: Told) => Told>> = {
  "/api/proposals": (told) => ({ ...told, proposals: [] }),
  "/api/sentinel/deployments": (told) => ({ ...told, deployments: [], total_deployments: 0 }),
  "/api/sentinel/status": (told) => ({ ...told, active_proposal: null }),
  "/api/quantum": (told) => ({ ...told, tasks: [] }),
  "/api/cognition": ({ spore, role, version, enabled, ...rest }) => ({
    ...{ spore, role, version },
    ...cognitionCounts(),
    mechanisms: rest.mechanisms,
    enabled,
    ...("reason" in rest ? { reason: rest.reason } : {}),
  }),
  "/api/providers": ({ providers: rows }) => ({
    providers: (rows as Told[]).map(({ usd: _, quotas: __, today: ___, ...row }) => row),
  }),
};

export function forStrangers(path: string, told: unknown): unknown {
  return HIDDEN[path]?.(told as Told) ?? told;
}
