/** `GET /api/history`: downsampled time series, and without a metric the list of them. */
import { historySchema } from "@synapse/shared/contract/status.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";
import { HttpError } from "../errors.ts";
import { POINTS_MAX, SAMPLE_MS } from "../history.ts";
import { timeParameter } from "../parameters.ts";

const DAY_MS = 24 * 3_600_000;
/** Points when the caller names no step. */
const POINTS_USUAL = 240;

const query = z.object({
  metric: z.string().max(64).optional().describe("Without it the list of metrics is answered"),
  from: timeParameter.optional(),
  to: timeParameter.optional(),
  step: z.coerce.number().int().min(60).optional().describe("Seconds from one point to the next"),
});

const metricsSchema = z.looseObject({
  metrics: z.array(z.looseObject({ metric: z.string(), unit: z.string(), title: z.string() })),
});

export const historyRoutes = (deps: HttpDeps) =>
  new Elysia().get(
    "/api/history",
    async ({ query, request }) => {
      const { history } = deps;
      const authorised = deps.access.isAuthorised(request);
      if (query.metric === undefined) return { metrics: history.names(authorised) };
      if (!history.has(query.metric, authorised)) {
        throw new HttpError("not_found", "no such metric; GET /api/history lists them");
      }
      const to = query.to ?? deps.now();
      const from = query.from ?? to - DAY_MS;
      if (from >= to) throw new HttpError("invalid", "from: must be before to");
      const usual = Math.ceil((to - from) / POINTS_USUAL / SAMPLE_MS) * SAMPLE_MS;
      const stepMs = query.step === undefined ? usual : query.step * 1_000;
      if ((to - from) / stepMs > POINTS_MAX) {
        throw new HttpError(
          "invalid",
          `step: gives more than ${POINTS_MAX} points; choose a larger step or a shorter range`,
        );
      }
      return await history.read({ metric: query.metric, from, to, stepMs });
    },
    {
      query,
      detail: documented(
        {
          summary: "Time series kept by this spore",
          authorised: "for more",
          description:
            "One sample a minute for a week, then the mean of each hour for a year: steps are an hour at least where `from` is over a week ago (`step_s` tells). Null where nothing was measured.",
        },
        z.union([historySchema, metricsSchema]),
      ),
    },
  );
