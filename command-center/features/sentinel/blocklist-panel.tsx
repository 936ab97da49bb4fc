/** Whom this spore does not listen to: the commander's own list and lists of others, seen, added to and taken from. */
"use client";

import { CommandError } from "@/components/state/command-error.tsx";
import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { ConfirmButton } from "@/components/ui/confirm-button.tsx";
import { CopyIcon } from "@/components/ui/copy-button.tsx";
import { Select } from "@/components/ui/field.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { Age } from "@/components/ui/time.tsx";
import { BlockForm, SubscribeForm } from "@/features/sentinel/blocklist-forms.tsx";
import {
  type Blocked,
  type BlocklistChange,
  type BlocklistView,
  blockedOf,
  blocklistViewSchema,
  type Subscription,
  withoutBlocked,
  withoutSubscription,
} from "@/lib/blocklist-view.ts";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { useCommand } from "@/lib/command.ts";
import { plural, toMs } from "@/lib/format.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

const ROWS = 18;
const WHO = { keys: "spore", operators: "operator, with all its spores" } as const;
const SHARING = [
  { value: "no", name: "Only you read this list" },
  { value: "yes", name: "Others may read and follow it" },
] as const;

const COLUMNS: readonly Column<Blocked>[] = fileColumns([
  ["Kind", ({ scope }) => (scope === "keys" ? "spore" : "operator")],
  ["Key", ({ key }) => key],
  ["Note", ({ note }) => note],
]);

export function BlocklistPanel() {
  const { spore } = useSelectedSpore();
  return (
    <PartPanel
      title="Blocklist"
      path="/api/blocklist"
      rows={ROWS}
      meaning="Spores and operators that this one does not listen to. Nothing of theirs is deleted: taken off the list, it is there again."
      actions={(state) => {
        const parsed = blocklistViewSchema.safeParse(state);
        return (
          <TakeAway
            name="blocklist"
            rows={parsed.success ? blockedOf(parsed.data) : []}
            columns={COLUMNS}
            json={state}
          />
        );
      }}
    >
      {(state) => {
        const parsed = blocklistViewSchema.safeParse(state);
        if (!parsed.success || spore === null)
          return <Notice rows={ROWS} title="Told in a way this page does not know" />;
        return <Editor key={spore.url} list={parsed.data} spore={spore} />;
      }}
    </PartPanel>
  );
}

function Editor({ list, spore }: { readonly list: BlocklistView; readonly spore: ChosenSpore }) {
  const command = useCommand();
  const put = (body: BlocklistChange) =>
    command.mutateAsync({ spore, method: "PUT", path: "/api/blocklist", body }).then(
      () => true,
      // What went wrong is shown from the command itself.
      () => false,
    );
  const blocked = blockedOf(list);
  return (
    <div className="flex flex-col gap-5">
      {blocked.length === 0 ? (
        <p className="text-soft">Nobody is blocked.</p>
      ) : (
        <ul aria-label="Blocked" className="divide-y divide-line border-y border-line">
          {blocked.map((one) => (
            <li key={`${one.scope} ${one.key}`} className="flex items-center gap-x-3 py-1.5">
              <div className="min-w-0 grow">
                <p className="flex flex-wrap items-center gap-x-1">
                  <SporeName id={one.key} />
                  <span className="text-xs text-faint">{WHO[one.scope]}</span>
                  <CopyIcon text={one.key} label="Copy key" />
                </p>
                {one.note === "" ? null : <p className="text-soft">{one.note}</p>}
              </div>
              {spore.own ? (
                <ConfirmButton
                  label={`Listen again to ${one.key}`}
                  yes="Yes, listen again"
                  busy={command.isPending}
                  onYes={() => void put(withoutBlocked(list, one))}
                >
                  Remove
                </ConfirmButton>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {spore.own ? <BlockForm list={list} busy={command.isPending} onBlock={put} /> : null}
      <Subscriptions list={list} own={spore.own} busy={command.isPending} put={put} />
      {spore.own && list.shared !== undefined ? (
        <div>
          <Select
            label="Who may read this list"
            value={list.shared ? "yes" : "no"}
            options={SHARING}
            onChange={(value) => void put({ shared: value === "yes" })}
          />
        </div>
      ) : null}
      {spore.own ? (
        <div className="text-xs text-faint">
          <p className="flex items-center gap-1.5">
            Changes go to <SporeName id={spore.url} className="text-soft" /> alone.
          </p>
          <p>Each of your spores has a list of its own.</p>
        </div>
      ) : (
        <p className="text-xs text-faint">Only the commander of this cluster changes it.</p>
      )}
      <CommandError error={command.error} what="Not changed" />
    </div>
  );
}

interface SubscriptionsProps {
  readonly list: BlocklistView;
  readonly own: boolean;
  readonly busy: boolean;
  readonly put: (change: BlocklistChange) => Promise<boolean>;
}

function Subscriptions({ list, own, busy, put }: SubscriptionsProps) {
  const { subscriptions } = list;
  if (subscriptions === undefined) return null;
  return (
    <section aria-label="Lists of others" className="flex flex-col gap-2">
      <h3 className="text-sm font-medium">Lists of others</h3>
      {subscriptions.length === 0 ? (
        <p className="text-soft">None is followed.</p>
      ) : (
        <ul className="divide-y divide-line border-y border-line">
          {subscriptions.map((one) => (
            <li key={one.url} className="flex items-center gap-x-3 py-1.5">
              <div className="min-w-0 grow">
                <p className="font-mono text-xs wrap-anywhere">{one.url}</p>
                <Standing one={one} />
              </div>
              {own ? (
                <ConfirmButton
                  label={`Leave ${one.url}`}
                  yes="Yes, leave it"
                  busy={busy}
                  onYes={() => void put(withoutSubscription(list, one.url))}
                >
                  Leave
                </ConfirmButton>
              ) : null}
            </li>
          ))}
        </ul>
      )}
      {own ? <SubscribeForm list={list} busy={busy} onSubscribe={put} /> : null}
    </section>
  );
}

function Standing({ one }: { readonly one: Subscription }) {
  return (
    <p
      className={`figures flex flex-wrap gap-x-2 text-xs ${one.state === "failed" ? "text-warn" : "text-faint"}`}
    >
      <span>{one.state === "failed" ? `failed: ${one.detail}` : one.state}</span>
      <span>
        {plural(one.keys, "spore")}, {plural(one.operators, "operator")}
      </span>
      {one.at === null ? null : <Age at={toMs(one.at)} />}
    </p>
  );
}
