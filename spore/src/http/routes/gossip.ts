/** Where peers speak to each other. The protocol reads its bodies itself; its specification is the head of gossip/wire.ts. */
import { Elysia } from "elysia";
import { SIGNATURE_HEADER } from "../../gossip/request-signature.ts";
import { KINDS } from "../../gossip/wire.ts";
import { shareOf } from "../caller-share.ts";
import type { HttpDeps } from "../deps.ts";
import { documented } from "../documented.ts";

const CBOR = "application/cbor";

export const gossipRoutes = (deps: HttpDeps) =>
  new Elysia().post(
    "/gossip/:kind",
    ({ request, server }) => deps.gossip(request, shareOf(request, server)),
    {
      parse: "none",
      detail: documented(
        {
          summary: "Signed traffic of peers",
          description:
            "One CBOR item, signed like its reply. The shapes are the network's own and versioned by the DNA: not meant for programs of others.",
          path: { kind: KINDS.join(", ") },
          headers: { [SIGNATURE_HEADER]: "The caller's signature over the request" },
          body: { type: CBOR, schema: { type: "string", format: "binary" } },
        },
        CBOR,
      ),
    },
  );
