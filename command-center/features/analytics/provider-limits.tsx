/** What is left: quotas as the providers stated them, the commander's own budget, and who was not asked and why. */
"use client";

import { ShareBar } from "@/charts/share-bar.tsx";
import { Age, Moment } from "@/components/ui/time.tsx";
import { formatCount, formatIn, formatShare, toMs } from "@/lib/format.ts";
import type { Provider, ProviderView } from "@/lib/provider-view.ts";

const SKIPS_SHOWN = 6;

export function Quotas({ providers }: { readonly providers: readonly Provider[] }) {
  const quotas = providers.flatMap((provider) =>
    (provider.quotas ?? []).map((quota) => ({ provider, quota })),
  );
  if (quotas.length === 0) return null;
  return (
    <section aria-label="Quotas">
      <h3 className="mb-1.5 text-sm font-medium">
        Quotas <span className="text-xs font-normal text-faint">as the providers stated them</span>
      </h3>
      <ul className="flex flex-col gap-2">
        {quotas.map(({ provider, quota }) => (
          <li key={`${provider.id}${quota.pool}${quota.unit}${quota.window}`}>
            <p className="figures mb-0.5 flex flex-wrap items-baseline gap-x-3">
              <span>{provider.name}</span>
              <span className="text-xs text-faint">
                {quota.unit} per {quota.window}
              </span>
              <span className="ml-auto">
                {formatCount(quota.remaining)} of {formatCount(quota.limit)} left
                {quota.resets_at == null ? null : (
                  <span className="text-xs text-faint">
                    {" "}
                    until <Moment at={toMs(quota.resets_at)} />
                  </span>
                )}
              </span>
            </p>
            {quota.limit == null || quota.remaining == null || quota.limit === 0 ? null : (
              <ShareBar
                share={quota.remaining / quota.limit}
                label={`${formatShare(quota.remaining / quota.limit)} left`}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const KINDS = [
  ["calls", "Calls", formatCount],
  ["tokens", "Tokens", formatCount],
  ["usd", "Money", (value: number | null | undefined) => formatIn("USD", value)],
] as const;

export function Budget({ budget }: { readonly budget: ProviderView["budget"] }) {
  if (budget == null) return null;
  return (
    <section aria-label="Budget">
      <h3 className="mb-1.5 text-sm font-medium">
        Budget <span className="text-xs font-normal text-faint">today (UTC), as the commander set it</span>
      </h3>
      <dl className="figures grid grid-cols-3 gap-x-6">
        {KINDS.map(([kind, name, format]) => {
          const limit = budget.per_day[kind];
          const spent = budget.today[kind];
          return (
            <div key={kind} className="min-w-0">
              <dt className="eyebrow">{name}</dt>
              <dd className="mb-1">
                {format(spent)}{" "}
                <span className="text-xs text-faint">of {limit == null ? "no limit" : format(limit)}</span>
              </dd>
              {limit == null || limit === 0 ? null : (
                <dd>
                  <ShareBar
                    share={(spent ?? 0) / limit}
                    label={`${formatShare((spent ?? 0) / limit)} spent`}
                  />
                </dd>
              )}
            </div>
          );
        })}
      </dl>
    </section>
  );
}

export function Skipped({ recent }: { readonly recent: ProviderView["recent"] }) {
  const skips = recent
    .flatMap((request) => request.skipped.map((skip) => ({ ...skip, at: request.at })))
    .slice(0, SKIPS_SHOWN);
  if (skips.length === 0) return null;
  return (
    <section aria-label="Skipped">
      <h3 className="mb-1.5 text-sm font-medium">Not asked lately, and why</h3>
      <ul className="flex flex-col gap-1 text-soft">
        {skips.map((skip) => (
          <li key={`${skip.at}${skip.provider}${skip.model}`} className="flex flex-wrap gap-x-3">
            <span className="font-medium">{skip.provider}</span>
            <span className="text-faint">{skip.model}</span>
            <span className="min-w-0 grow">{skip.reason}</span>
            <Age at={toMs(skip.at)} />
          </li>
        ))}
      </ul>
    </section>
  );
}
