/** Rotation and revocation of keys: the operator's word, published as an entry that everybody can check. */
import { bodySchemas, publicKeySchema } from "@synapse/shared/contract/entry.ts";
import { Elysia } from "elysia";
import { z } from "zod";
import type { KeyError } from "../../federation/key-desk.ts";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";
import { type ErrorCode, HttpError } from "../errors.ts";

const change = z.union([
  z.strictObject({ statement: bodySchemas.key }),
  z.strictObject({
    key: publicKeySchema,
    successor: publicKeySchema.nullable(),
    reason: z.string().max(200).default(""),
  }),
]);

const CODES: Readonly<Record<KeyError["kind"], ErrorCode>> = {
  not_ours: "forbidden",
  no_operator_key: "conflict",
  forged: "invalid",
  storage: "storage",
};

export const keyRoutes = (deps: HttpDeps) =>
  new Elysia()
    .get("/api/keys", () => ({ statements: deps.replica.keys.list() }), {
      detail: documented(
        { summary: "Which keys were replaced or revoked, by their operators' signed word" },
        z.looseObject({ statements: z.array(bodySchemas.key) }),
      ),
    })
    .post(
      "/api/keys",
      async ({ body, status }) => {
        const desk = deps.keyDesk();
        const done = "statement" in body ? await desk.publish(body.statement) : await desk.change(body);
        if (!done.ok) throw new HttpError(CODES[done.error.kind], done.error.message);
        return status(201, { statement: done.value });
      },
      {
        body: change,
        detail: documented(
          {
            summary: "Replace or revoke a key",
            description:
              "`successor: null` revokes. Signed here with the operator's key, or handed in as a signed `statement`.",
            authorised: true,
            status: 201,
          },
          z.looseObject({ statement: bodySchemas.key }),
        ),
      },
    );
