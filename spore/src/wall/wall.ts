/**
 * The Knowledge Wall: the only door through which a label becomes less restricted.
 *
 * `cross` distils a claim that stands on its own (distill.ts), scans it, signs it and notes the decision; unsure means
 * stay. `admitPublic` scans what a sender publishes by explicit consent: a secret in it is refused with the name of what
 * was found, never with the secret itself. `notePublished` is told of it once it is stored: what was refused after all, by
 * the author's rate or the disk, crossed nothing.
 *
 * Invariants:
 * 1. What crosses names as parents only entries that its readers may hold; the restricted ones stand behind
 *    provenance tags that only their author can open (provenance.ts).
 * 2. From entries more restricted than the commander allows (`mayDraw`), nothing crosses.
 * 3. Every decision is in the audit, the text of none of them is.
 */
import { randomBytes } from "node:crypto";
import { contentOf, type Kind } from "@synapse/shared/contract/entry.ts";
import {
  isMoreRestricted,
  type Label,
  mostRestricted,
  type SharedLabel,
} from "@synapse/shared/contract/label.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import type { StoredEntry } from "../replica/feed.ts";
import type { Draft, Replica } from "../replica/replica.ts";
import type { Store } from "../replica/store.ts";
import { type AuditQuery, openAudit } from "./audit.ts";
import { distill, namedWords } from "./distill.ts";
import { type Provenance, provenanceOf } from "./provenance.ts";
import { findSensitive } from "./redact.ts";

/** Tags on one claim; a claim from more sources names the first ones, and the author can still prove those. */
const TAGS_MAX = 16;
/** Visible parents of what crosses. */
const PARENTS_MAX = 32;
/** Decisions shown where no number is asked for. */
const AUDIT_SHOWN = 50;

export interface WallRefusal {
  readonly kind: "secret_found";
  /** Names of what was found, each once. */
  readonly found: readonly string[];
}

/** What asks to leave: a text, and everything it was derived from. */
export interface Crossing {
  readonly text: string;
  /** What made it, for the audit and for the reader: `free_thought`, `dream`, `learning` … */
  readonly origin: string;
  readonly to: SharedLabel;
  readonly sources: readonly StoredEntry[];
}

export interface Stay {
  readonly kind: "stays";
  readonly reason: string;
}

export interface WallDeps {
  readonly store: Store;
  readonly replica: Pick<Replica, "append">;
  readonly now: () => number;
  /** The most restricted label from which distilled claims may go out, or null: nothing at all. The commander's choice. */
  readonly mayDraw: () => Label | null;
  /** Those of these words that public entries written by others use. */
  readonly publicWords: (words: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Names that must not cross: of this commander's spores and of whoever else is known by name. */
  readonly names: () => Promise<readonly string[]>;
}

export type Wall = Awaited<ReturnType<typeof createWall>>;

export async function createWall(deps: WallDeps) {
  const { store, replica } = deps;
  const audit = await openAudit(deps);
  const secret = await secretOf(store);

  async function stay(origin: string, reason: string): Promise<Result<never, Stay>> {
    await audit.record("blocked", `${origin}: ${reason}`, null);
    return err({ kind: "stays", reason });
  }

  /** The words a crossing may use: as they are where its readers hold the sources anyway, else distilled. */
  async function admissible(crossing: Crossing, lowers: boolean): Promise<Result<string, string>> {
    const { text, sources, to, origin } = crossing;
    if (!lowers) {
      const [found] = to === "public" ? findSensitive(text) : [];
      return found ? err(`holds ${found.name}`) : ok(text);
    }
    const restricted = sources.filter(({ entry }) => isMoreRestricted(entry.label, to));
    const result = distill(text, {
      sources: restricted.flatMap(textsOf),
      names: [...(await deps.names()), ...restricted.flatMap(namesAround)],
      publicWords: await deps.publicWords(namedWords(text)),
    });
    if (!result.ok) return err(result.error);
    if (result.value.filtered > 0) {
      await audit.record("filtered", `${origin}: ${result.value.filtered} sentences left behind`, null);
    }
    return ok(result.value.claim);
  }

  return {
    /** Lets a derived text out as far as it may go. @returns the entry that crossed, or why it stays. */
    async cross(crossing: Crossing): Promise<Result<StoredEntry, Stay>> {
      const { sources, to, origin } = crossing;
      const floor = mostRestricted(sources.map(({ entry }) => entry.label));
      const lowers = isMoreRestricted(floor, to);
      const allowed = deps.mayDraw();
      if (sources.length === 0) return await stay(origin, "nothing says where it comes from");
      if (lowers && (allowed === null || isMoreRestricted(floor, allowed))) {
        return await stay(origin, `the commander lets nothing out that comes from ${floor} entries`);
      }
      const words = await admissible(crossing, lowers);
      if (!words.ok) return await stay(origin, words.error);
      const hidden = sources.filter(({ entry }) => isMoreRestricted(entry.label, to));
      const tags = hidden.slice(0, TAGS_MAX).map(({ id }) => provenanceOf(secret, id, words.value).tag);
      const about = { origin, distilled: lowers, ...(tags.length > 0 ? { provenance: tags } : {}) };
      const draft: Draft<SharedLabel> = {
        label: to,
        // What was distilled is a piece of knowledge; a thought that readers could have had themselves stays a thought.
        ...(lowers
          ? { kind: "memory", body: { content: words.value, metadata: about } }
          : {
              kind: "thought",
              body: { form: "broadcast", content: words.value, novelty: 0, details: about },
            }),
        parents: sources
          .filter(({ entry }) => !isMoreRestricted(entry.label, to))
          .slice(0, PARENTS_MAX)
          .map(({ id }) => id),
      };
      const stored = await replica.append([draft]);
      if (!stored.ok) return await stay(origin, `it could not be stored: ${stored.error.kind}`);
      const entry = stored.value[0] as unknown as StoredEntry;
      await audit.rememberOrigin(
        entry.id,
        hidden.slice(0, TAGS_MAX).map(({ id }) => id),
      );
      await audit.record("crossed", `${origin}, ${lowers ? "distilled" : "as it was"}, to ${to}`, draft.kind);
      return ok(entry);
    },

    /** The author's proof of which restricted entries a claim came from; empty for a claim of somebody else. */
    async prove(claim: StoredEntry): Promise<readonly Provenance[]> {
      const content = contentOf(claim.entry) ?? "";
      return (await audit.originsOf(claim.id)).map((source) => provenanceOf(secret, source, content));
    },

    /** May these texts be published as they are? A refusal is noted; what is let through is noted once it is stored. */
    async admitPublic(kind: Kind, texts: readonly string[]): Promise<Result<void, WallRefusal>> {
      const found = new Set<string>();
      for (const text of texts) {
        for (const finding of findSensitive(text)) if (finding.class === "secret") found.add(finding.name);
      }
      if (found.size > 0) {
        await audit.record("blocked", `found: ${[...found].join(", ")}`, kind);
        return err({ kind: "secret_found", found: [...found] });
      }
      return ok(undefined);
    },

    /** Notes entries that their sender published: each once, after they were stored. */
    async notePublished(kinds: readonly Kind[]): Promise<void> {
      await audit.record("crossed", "published by its sender", ...kinds);
    },

    async status(query: AuditQuery = { limit: AUDIT_SHOWN }) {
      const { crossed, blocked, filtered } = audit.counts();
      return { crossings: crossed, blocks: blocked, filtered, recent_audit: await audit.read(query) };
    },
  };
}

/** Made with the store, and lost with it: then old claims stay true but their origin can no longer be proven. */
async function secretOf(store: Store): Promise<Uint8Array> {
  const known = await store.getMeta("wall_secret");
  if (known !== null) return Buffer.from(known, "hex");
  const fresh = randomBytes(32);
  await store.setMeta("wall_secret", fresh.toString("hex"));
  return fresh;
}

/** Everything of an entry that people or spores wrote. */
function textsOf({ entry }: StoredEntry): string[] {
  const content = contentOf(entry) ?? "";
  if (entry.kind !== "contribution") return [content];
  // Claims and hypotheses are the spore's own conclusions, but what they quote is raw.
  return entry.body.citations.map(({ quote }) => quote);
}

const NAME_KEYS = ["speaker", "author", "from", "to", "sender", "name", "who", "user", "customer", "company"];

/** Who is named in what is known about an entry. */
function namesAround({ entry }: StoredEntry): string[] {
  if (entry.kind !== "memory") return [];
  return NAME_KEYS.flatMap((key) => {
    const value = entry.body.metadata?.[key];
    return typeof value === "string" ? [value, ...value.split(/[\s,;]+/)] : [];
  }).filter((name) => name.length > 1);
}
