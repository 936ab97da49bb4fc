/** The only place that builds the parts of a spore and joins them. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Label, SharedLabel } from "@synapse/shared/contract/label.ts";
import { SHARED_LABELS } from "@synapse/shared/contract/label.ts";
import { type PublicKey, replicaKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import packageJson from "../package.json" with { type: "json" };
import type { SporeConfig } from "./config.ts";
import { DNA_HASH } from "./federation/dna.ts";
import { createGossip } from "./gossip/node.ts";
import { createAccess } from "./http/access.ts";
import { createApp } from "./http/app.ts";
import { createEventHub } from "./http/event-hub.ts";
import { healthOf } from "./http/routes/health.ts";
import { loadSporeIdentity } from "./identity/spore-identity.ts";
import type { Log } from "./log.ts";
import { DEFAULT_LIMITS } from "./reasoning/limits.ts";
import { createTaskBoard } from "./reasoning/task-board.ts";
import { openTaskIndex } from "./reasoning/task-index.ts";
import { toTaskSummary } from "./reasoning/task-view.ts";
import { countMemories } from "./replica/counts.ts";
import { lockDataDir } from "./replica/data-lock.ts";
import { openReplica } from "./replica/open-replica.ts";
import { SetIndex } from "./replica/set-index.ts";
import { createRecall } from "./retrieval/recall-service.ts";
import { createWall } from "./wall/wall.ts";
