/** The network as this spore knows it, and how others join it. */
import { basename } from "node:path";
import { publicKeySchema } from "@synapse/shared/contract/entry.ts";
import { joinReplySchema, joinRequestSchema } from "@synapse/shared/contract/federation.ts";
import { federationStatusSchema, invitesSchema } from "@synapse/shared/contract/federation-status.ts";
import { swarmSchema } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import manifest from "../../../package.json" with { type: "json" };
import { keySet, signedAgentCard } from "../../federation/agent-card.ts";
import { DNA, SPEAKS } from "../../federation/dna.ts";
import { shareOf } from "../caller-share.ts";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";
import { HttpError } from "../errors.ts";

const DAY_S = 24 * 60 * 60;
/** Long enough to reach somebody on holiday, short enough that a lost one dies. */
const INVITE_DEFAULT_S = 7 * DAY_S;
const INVITE_MAX_S = 90 * DAY_S;

export const newInvite = z
  .strictObject({
    /** The operator key it is for; whoever comes first without it. */
    for: publicKeySchema.nullish(),
    expires_in_s: z.int().min(60).max(INVITE_MAX_S).default(INVITE_DEFAULT_S),
    note: z.string().max(200).default(""),
  })
  .prefault({});

export const federationRoutes = (deps: HttpDeps) =>
  new Elysia()
    .get("/api/swarm", () => deps.swarm(), {
      detail: documented({ summary: "The whole network, from signed peer cards" }, swarmSchema),
    })
    .get("/federation/nodes", () => ({ nodes: deps.swarm().nodes.filter(({ url }) => url !== null) }), {
      detail: documented(
        { summary: "Known nodes that can be called, with the standing of their operators" },
        z.looseObject({ nodes: z.array(z.unknown()) }),
      ),
    })
    .get("/api/federation/status", () => federationStatus(deps), {
      detail: documented(
        { summary: "Protocol, state, where the network was looked for, and who was refused why" },
        federationStatusSchema,
      ),
    })
    .post(
      "/federation/join",
      async ({ body, request, server }) => {
        const answer = await deps.federation().answerJoin(body, shareOf(request, server));
        if (answer.ok) return answer.value;
        const { code, message, retryAfterS } = answer.error;
        throw new HttpError(
          code,
          message,
          retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) },
        );
      },
      {
        body: joinRequestSchema,
        detail: documented(
          {
            summary: "Join: first for a challenge, then with its signature",
            description:
              "A card with a URL is accepted once the same key has answered there; docs/federation.md has the steps.",
          },
          joinReplySchema,
        ),
      },
    )
    .post("/api/invites", ({ body, status }) => issueInvite(deps, body).then((made) => status(201, made)), {
      body: newInvite,
      detail: documented(
        { summary: "An invitation, good once", authorised: true, status: 201 },
        z.looseObject({ id: z.string(), invite: z.string(), expires_at: z.iso.datetime() }),
      ),
    })
    .get(
      "/api/invites",
      async () => {
        const invites = await deps.federation().invites.list();
        return {
          invites: invites.map(({ id, note, createdAt, expiresAt, usedBy }) => ({
            id,
            note,
            created_at: instant(createdAt),
            expires_at: instant(expiresAt),
            used_by: usedBy,
          })),
        };
      },
      {
        detail: documented(
          { summary: "Invitations and what became of them", authorised: true },
          invitesSchema,
        ),
      },
    )
    .get("/.well-known/agent-card.json", ({ request }) => ownAgentCard(deps, request), {
      detail: documented(
        { summary: "This spore as an agent, for A2A clients: its card, signed as a JWS" },
        z.looseObject({ name: z.string(), signatures: z.array(z.unknown()) }),
      ),
    })
    .get("/.well-known/jwks.json", () => keySet(deps.key.publicKey), {
      detail: documented(
        { summary: "The key that signs the agent card" },
        z.looseObject({ keys: z.array(z.unknown()) }),
      ),
    });

function ownAgentCard(deps: HttpDeps, request: Request): Response {
  const card = signedAgentCard(
    {
      base: deps.config.publicUrl ?? new URL(request.url).origin,
      certificate: deps.replica.self,
      role: deps.config.role,
      version: deps.version,
      dna: deps.dna,
      documentation: manifest.homepage,
    },
    deps.key,
  );
  return Response.json(card, { headers: { "cache-control": "max-age=300" } });
}

async function issueInvite(deps: HttpDeps, body: z.infer<typeof newInvite>) {
  const url = deps.config.publicUrl;
  if (url === null) {
    throw new HttpError(
      "conflict",
      "nobody can join at a spore without an address: set SPORE_PUBLIC_URL, or invite at another of your spores",
    );
  }
  const issued = await deps.federation().invites.issue({
    url,
    for: body.for ?? null,
    lifetimeMs: body.expires_in_s * 1_000,
    note: body.note,
  });
  if (!issued.ok) throw new HttpError("conflict", issued.error.message);
  const { id, token, expiresAt } = issued.value;
  return { id, invite: token, url, expires_at: instant(expiresAt) };
}

function federationStatus(deps: HttpDeps) {
  const { nodes } = deps.swarm();
  const { sources, seeds, membership, invitation, vouchedBy, refusals } = deps.federation().status();
  const isConnected = nodes.some(({ state }) => state === "live");
  const isLooking = [...sources, ...seeds].some(({ state }) => state === "waiting");
  return {
    dna: deps.dna,
    network: DNA.network,
    speaks: SPEAKS,
    capabilities: DNA.capabilities,
    state: isConnected ? "connected" : isLooking || invitation?.state === "joining" ? "joining" : "alone",
    membership,
    nodes: nodes.length,
    operators: new Set(nodes.map(({ operator }) => operator)).size,
    vouched_by:
      vouchedBy === null
        ? null
        : { operator: vouchedBy.operator, name: vouchedBy.name, expires_at: instant(vouchedBy.expiresAt) },
    invitation,
    bootstrap: {
      // Where a file lies on this machine is nobody else's business.
      sources: sources.map((one) => ({
        ...one,
        source: /^https?:/i.test(one.source) ? one.source : basename(one.source),
      })),
      seeds,
    },
    refusals,
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
