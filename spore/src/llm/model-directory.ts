/**
 * Which models each server offers: read live from its own list, and the last good list where it does not answer.
 *
 * Names in the catalogue age in weeks. What a server lists decides; the catalogue says what to prefer of it, and what
 * to ask for before the first list has come.
 */
import type { Clock } from "./clock.ts";
import type { ModelServer } from "./model-server.ts";
import type { ChatFailure } from "./provider.ts";

export interface Listing {
  readonly models: readonly string[];
  /** ms since the epoch. */
  readonly at: number;
}

export interface Preference {
  readonly models: readonly string[];
  /** Which others may stand in; null: any. */
  readonly substitutes: RegExp | null;
  /** The models were named by a person: they are asked for whatever the server lists. */
  readonly fixed: boolean;
}

/** Lists change with a provider's releases. */
const LISTING_FRESH_MS = 6 * 3_600_000;
/** After a list that failed, or that a vanished model put in doubt. */
const RELIST_MS_MIN = 60_000;
/** Standing in takes no more than that many: each is one more name to be refused. */
const SUBSTITUTES_MAX = 3;

const NO_PREFERENCE: Preference = { models: [], substitutes: null, fixed: false };

/** Preferred models that are listed, in order; else what may stand in; else, unlisted, the preferred ones on trust. */
export function chooseModels({ models, substitutes, fixed }: Preference, listed: readonly string[] | null) {
  if (listed === null || fixed) return models;
  const known = new Set(listed);
  const preferred = models.filter((model) => known.has(model));
  if (preferred.length > 0) return preferred;
  return listed.filter((model) => substitutes?.test(model) ?? true).slice(0, SUBSTITUTES_MAX);
}

export function createModelDirectory(deps: {
  readonly sources: ReadonlyMap<string, { readonly server: ModelServer; readonly preference: Preference }>;
  readonly clock: Clock;
  readonly onListing: (provider: string) => void;
  /** A list could not be read; the last good one, if any, stays in use. */
  readonly onFailure: (provider: string, failure: ChatFailure) => void;
  readonly saved?: Readonly<Record<string, Listing>>;
}) {
  const { sources, clock, onListing, onFailure } = deps;
  const listings = new Map<string, Listing>(Object.entries(deps.saved ?? {}));
  const asked = new Map<string, number>();
  const running = new Map<string, Promise<void>>();

  async function list(provider: string): Promise<void> {
    asked.set(provider, clock.now());
    const found = await sources.get(provider)?.server.models();
    if (found === undefined) return;
    if (!found.ok) return onFailure(provider, found.error);
    // An empty list is one that nobody can use.
    if (found.value.length === 0) return;
    listings.set(provider, { models: found.value, at: clock.now() });
    onListing(provider);
  }

  return {
    /** What to ask this server for, best first; empty where nothing is known yet. */
    modelsOf(provider: string): readonly string[] {
      const preference = sources.get(provider)?.preference ?? NO_PREFERENCE;
      return chooseModels(preference, listings.get(provider)?.models ?? null);
    },

    /** Reads the list where it is due; resolves when it was read or failed. */
    async refresh(provider: string): Promise<void> {
      const source = sources.get(provider);
      if (source?.preference.fixed) return;
      const now = clock.now();
      const fresh = now - (listings.get(provider)?.at ?? Number.NEGATIVE_INFINITY) < LISTING_FRESH_MS;
      const lately =
        source?.server.listsFreely !== true &&
        now - (asked.get(provider) ?? Number.NEGATIVE_INFINITY) < RELIST_MS_MIN;
      if (fresh || (lately && !running.has(provider))) return;
      const reading = running.get(provider) ?? list(provider).finally(() => running.delete(provider));
      running.set(provider, reading);
      await reading;
    },

    /** A model vanished: the next refresh reads the list whatever its age. */
    doubt(provider: string): void {
      const known = listings.get(provider);
      if (known !== undefined) listings.set(provider, { ...known, at: 0 });
    },

    save: (): Readonly<Record<string, Listing>> => Object.fromEntries(listings),
  };
}
