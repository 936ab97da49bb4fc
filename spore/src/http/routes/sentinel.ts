/** The Sentinel's watch, its proposals, the commander's word on them, and what became of each. */
import { type BootstrapSeed, bootstrapSeedSchema } from "@synapse/shared/contract/bootstrap.ts";
import { isEntryId } from "@synapse/shared/ids.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import { toInstant } from "../../reasoning/task-view.ts";
import { type ProposalView, SEED_LIST } from "../../sentinel/proposal.ts";
import { withSeed } from "../../sentinel/registrar.ts";
import type { HttpDeps } from "../deps.ts";
import { documented, documentedPart } from "../documented.ts";
import { HttpError } from "../errors.ts";

/** Proposals in one answer: a commander decides a few a day. */
const SHOWN = 200;

export const decisionBody = z
  .strictObject({ reason: z.string().max(500).default("") })
  .default({ reason: "" });
const proposalSchema = z.looseObject({ id: z.string(), status: z.string(), setting: z.string() });

export function sentinelRoutes(deps: HttpDeps) {
  const { sentinel, access } = deps;

  const decide = (decision: "approve" | "reject") =>
    new Elysia().post(
      `/api/proposals/:id/${decision}`,
      async ({ params, body }) => {
        if (!isEntryId(params.id)) throw new HttpError("not_found", "no proposal with this id is known here");
        const decided = await sentinel.decide(params.id, decision, body.reason);
        if (!decided.ok) {
          const code = { unknown: "not_found", decided: "conflict", storage: "storage" } as const;
          throw new HttpError(code[decided.error.kind], decided.error.message);
        }
        return toProposal(deps, decided.value);
      },
      {
        body: decisionBody,
        detail: documented(
          {
            summary: decision === "approve" ? "Let a proposal be applied" : "Decline a proposal",
            authorised: true,
            description: "The first decision counts; a second one is refused with 409.",
            path: { id: "Id of the proposal" },
          },
          proposalSchema,
        ),
      },
    );

  return new Elysia()
    .get(
      "/api/sentinel/status",
      async ({ request }) => {
        const views = await sentinel.proposals();
        const open = views.filter(({ state }) => state === "open");
        return {
          ...sentinel.state(),
          role: deps.config.role,
          active_proposal: access.isAuthorised(request) ? (open[0]?.id ?? null) : null,
          proposals: views.length,
          open_proposals: open.length,
          total_deployments: views.reduce((sum, { deployments }) => sum + deployments.length, 0),
        };
      },
      { detail: documentedPart("What the Sentinel watches", { authorised: "for more" }) },
    )
    .get(
      "/api/sentinel/deployments",
      async ({ request }) => {
        const views = access.isAuthorised(request) ? await sentinel.proposals() : [];
        const deployments = views.flatMap((view) => deploymentsOf(deps, view)).slice(0, SHOWN);
        return { enabled: true, deployments, total_deployments: deployments.length };
      },
      { detail: documentedPart("What was applied, and whether it helped", { authorised: "for more" }) },
    )
    .get("/api/proposals", ({ request }) => proposalsOf(deps, access.isAuthorised(request)), {
      detail: documentedPart("Proposals, newest first; for others than the commander only their number", {
        authorised: "for more",
      }),
    })
    .use(decide("approve"))
    .use(decide("reject"));
}

/** For others than the commander only how many there are. */
export async function proposalsOf(deps: HttpDeps, authorised: boolean) {
  const views = await deps.sentinel.proposals();
  const shown = authorised ? views.slice(0, SHOWN) : [];
  return { enabled: true, total: views.length, proposals: shown.map((view) => toProposal(deps, view)) };
}

function toProposal(deps: HttpDeps, view: ProposalView) {
  const { body, decision } = view;
  const task = body.details?.task;
  return {
    id: view.id,
    status: view.state,
    summary:
      body.setting === SEED_LIST
        ? `Add a seed to ${SEED_LIST}`
        : `${body.setting}: ${JSON.stringify(body.from)} → ${JSON.stringify(body.to)}`,
    setting: body.setting,
    from: body.from,
    to: body.to,
    observation: body.observation,
    hypothesis: body.hypothesis,
    success_criterion: body.success,
    risk: body.risk,
    proposed_by: deps.nameOf(view.author),
    created_at: toInstant(view.at),
    debate: typeof task === "string" ? task : null,
    decision:
      decision === null
        ? null
        : { step: decision.step, by: deps.nameOf(decision.by), at: toInstant(decision.at) },
    deployments: deploymentsOf(deps, view),
    ...(body.setting === SEED_LIST ? { change: seedChange(deps, view) } : {}),
  };
}

function deploymentsOf(deps: HttpDeps, view: ProposalView) {
  return view.deployments.map((one) => ({
    proposal: view.id,
    setting: view.body.setting,
    from: view.body.from,
    to: view.body.to,
    spore: deps.nameOf(one.spore),
    status: one.outcome,
    success_criterion: view.body.success,
    before: one.before,
    after: one.after,
    reason: one.reason,
    applied_at: toInstant(one.appliedAt),
    ended_at: one.endedAt === null ? null : toInstant(one.endedAt),
  }));
}

/** @returns null for a value that is no seed: the proposal may come from another version. */
function seedOf(text: string): BootstrapSeed | null {
  try {
    const parsed = bootstrapSeedSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** The text for a pull request: a spore writes no repository. */
function seedChange(deps: HttpDeps, view: ProposalView) {
  const list = deps.sentinel.seedList();
  const seed = seedOf(String(view.body.to));
  return {
    file: SEED_LIST,
    text: list === null || seed === null ? null : withSeed(list, seed),
    how: "open a pull request with this text in the repository that holds the list",
  };
}
