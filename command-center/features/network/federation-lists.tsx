/** What surrounds the table of who takes part: the state, where the network was looked for, refusals, invitations. */
"use client";

import type { ReactNode } from "react";
import { CopyIcon } from "@/components/ui/copy-button.tsx";
import { Fact } from "@/components/ui/fact.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { type Tone, ToneMark } from "@/components/ui/state-badge.tsx";
import { Age } from "@/components/ui/time.tsx";
import { type FederationView, type Invite, inviteState } from "@/lib/federation-view.ts";
import { formatMoment, GAP, plural, shortId, toMs } from "@/lib/format.ts";

const STATES: Readonly<Record<string, readonly [tone: Tone, words: string]>> = {
  connected: ["good", "connected"],
  joining: ["busy", "looking for others"],
  alone: ["calm", "alone so far"],
};
const MEMBERSHIPS: Readonly<Record<string, string>> = {
  open: "open to every operator",
  invited: "invited operators only",
};

export function FederationFacts({ view }: { readonly view: FederationView }) {
  const { state, membership, network, dna, vouched_by, invitation } = view;
  const [tone, words] = STATES[state ?? ""] ?? (["calm", state ?? GAP] as const);
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-2 md:grid-cols-4">
      <Fact name="State">
        <span className="inline-flex items-center gap-1.5">
          <ToneMark tone={tone} /> {words}
        </span>
      </Fact>
      <Fact name="Membership">{MEMBERSHIPS[membership ?? ""] ?? membership ?? GAP}</Fact>
      <Fact name="Network">{network ?? GAP}</Fact>
      <Fact name="Protocol (DNA)">
        {dna == null ? (
          GAP
        ) : (
          <span className="-my-1.5 inline-flex items-center gap-1">
            <code className="font-mono text-xs">{shortId(dna)}</code>
            <CopyIcon text={dna} label="Copy the protocol's hash" />
          </span>
        )}
      </Fact>
      {vouched_by == null ? null : (
        <Fact name="Let in by">
          {vouched_by.name || shortId(vouched_by.operator)}
          {vouched_by.expires_at == null ? null : (
            <span className="block text-xs text-faint">until {moment(vouched_by.expires_at)}</span>
          )}
        </Fact>
      )}
      {invitation == null ? null : (
        <Fact name="Invitation">
          {invitation.state}
          <span className="block text-xs wrap-anywhere text-faint">
            {invitation.reason ?? invitation.url}
          </span>
        </Fact>
      )}
    </dl>
  );
}

const SOURCE_TONES: Readonly<Record<string, Tone>> = { read: "good", waiting: "busy", failed: "warn" };

export function Sources({ view }: { readonly view: FederationView }) {
  const sources = view.bootstrap?.sources ?? [];
  return (
    <Listed title="Where it looked" none="Nowhere: no seed list is configured." count={sources.length}>
      {sources.map((one) => (
        <li key={one.source} className="py-1.5">
          <p className="flex items-center gap-2">
            <ToneMark tone={SOURCE_TONES[one.state] ?? "calm"} />
            <span className="min-w-0 grow truncate" title={one.source}>
              {one.source.replace(/^https?:\/\//, "")}
            </span>
            <span className="shrink-0 text-xs whitespace-nowrap text-faint">{one.state}</span>
          </p>
          <p className="figures flex flex-wrap gap-x-3 pl-4.5 text-xs text-faint">
            <span>{one.state === "read" ? plural(one.seeds ?? 0, "seed") : one.detail}</span>
            <Age at={toMs(one.at)} />
          </p>
        </li>
      ))}
    </Listed>
  );
}

export function Refusals({ view: { refusals } }: { readonly view: FederationView }) {
  return (
    <Listed title="Refused" none="Nobody was refused, and nobody refused this spore." count={refusals.length}>
      {refusals.map((one) => (
        <li key={`${one.by}${one.peer}${one.code}${one.at}`} className="py-1.5">
          <p className="flex flex-wrap items-baseline gap-x-2">
            <span className="text-xs text-faint">
              {one.by === "us" ? "this spore refused" : "refused by"}
            </span>
            <SporeName id={one.peer} className="max-w-full" />
          </p>
          <p className="text-soft">{one.message}</p>
          <p className="figures flex flex-wrap gap-x-3 text-xs text-faint">
            <span>{plural(one.times ?? 1, "time")}</span>
            <Age at={toMs(one.at)} />
          </p>
        </li>
      ))}
    </Listed>
  );
}

const INVITE_TONES = { used: "good", open: "busy", expired: "calm" } as const;

interface InvitationsProps {
  /** Null before they are read. */
  readonly invites: readonly Invite[] | null;
  readonly error: Error | null;
}

export function Invitations({ invites, error }: InvitationsProps) {
  if (invites === null) {
    return (
      <section aria-label="Invitations made" className="min-h-11">
        <h3 className="text-sm font-medium">Invitations</h3>
        {error === null ? null : <p className="mt-1 text-soft">Not told: {error.message}</p>}
      </section>
    );
  }
  const now = Date.now();
  return (
    <Listed title="Invitations" none="None was made." count={invites.length}>
      {invites.map((one) => {
        const state = inviteState(one, now);
        return (
          <li key={one.id} className="flex flex-wrap items-center gap-x-2 py-1.5">
            <ToneMark tone={INVITE_TONES[state]} />
            <span className="min-w-0 truncate">{one.note || "without a note"}</span>
            <span className="figures ml-auto flex flex-wrap gap-x-3 text-xs text-faint">
              {state === "used" && one.used_by != null ? (
                <span title={one.used_by}>used by operator {shortId(one.used_by)}</span>
              ) : (
                <span>
                  {state === "open" ? "good until" : "expired"} {moment(one.expires_at)}
                </span>
              )}
              <span>
                made <Age at={toMs(one.created_at)} />
              </span>
            </span>
          </li>
        );
      })}
    </Listed>
  );
}

interface ListedProps {
  readonly title: string;
  readonly none: string;
  readonly count: number;
  readonly children: ReactNode;
}

function Listed({ title, none, count, children }: ListedProps) {
  return (
    <section className="min-w-0" aria-label={title}>
      <h3 className="text-sm font-medium">{title}</h3>
      {count === 0 ? (
        <p className="mt-1 text-soft">{none}</p>
      ) : (
        <ul className="mt-1 divide-y divide-line border-y border-line">{children}</ul>
      )}
    </section>
  );
}

function moment(iso: string | null | undefined): string {
  const at = toMs(iso);
  return at === null ? GAP : formatMoment(at);
}
