/** Who takes part in the network beside this spore, how each came in, where it was looked for, and who was refused why. */
"use client";

import { useFleet } from "@/components/shell/fleet-context.tsx";
import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { FederationFacts, Invitations, Refusals, Sources } from "@/features/network/federation-lists.tsx";
import { InviteForm } from "@/features/network/invite-form.tsx";
import { PARTICIPANT_COLUMNS, Participants } from "@/features/network/participants.tsx";
import { blockedOf, blocklistViewSchema } from "@/lib/blocklist-view.ts";
import {
  type FederationView,
  federationViewSchema,
  invitesViewSchema,
  type Policy,
  participantsOf,
} from "@/lib/federation-view.ts";
import { usePart } from "@/lib/queries.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

const ROWS = 12;

export function FederationPanel() {
  const { spore } = useSelectedSpore();
  const policy = usePolicy();
  return (
    <PartPanel
      title="Federation"
      path="/api/federation/status"
      rows={ROWS}
      meaning="The network beyond one commander: who takes part, how each came in, and who was refused and why."
      actions={(state) => <Take state={state} policy={policy} />}
    >
      {(state) => {
        const parsed = federationViewSchema.safeParse(state);
        if (!parsed.success) return <Notice rows={ROWS} title="Told in a way this page does not know" />;
        const view = parsed.data;
        return (
          <div className="flex flex-col gap-5">
            <FederationFacts view={view} />
            <Who view={view} policy={policy} />
            <div className="grid gap-x-8 gap-y-5 md:grid-cols-2">
              <Sources view={view} />
              <Refusals view={view} />
            </div>
            {spore?.own === true ? (
              <div className="flex flex-col gap-3 border-t border-line pt-4">
                <Invitations invites={policy.invites} error={policy.error} />
                <InviteForm spore={spore} />
              </div>
            ) : null}
          </div>
        );
      }}
    </PartPanel>
  );
}

/** Invitations and blocklist are told to the commander alone; of another's spore they are not asked for. */
function usePolicy(): Policy & { readonly error: Error | null } {
  const { spore } = useSelectedSpore();
  const own = spore?.own === true ? spore : null;
  const query = usePart(own, "/api/invites");
  const invites = invitesViewSchema.safeParse(query.data);
  const blocked = blocklistViewSchema.safeParse(usePart(own, "/api/blocklist").data);
  return {
    error: query.error,
    invites: invites.success ? invites.data.invites : null,
    blockedKeys: new Set(blocked.success ? blockedOf(blocked.data).map(({ key }) => key) : []),
  };
}

function Who({ view, policy }: { readonly view: FederationView; readonly policy: Policy }) {
  return <Participants participants={participantsOf(view, useFleet().nodes, policy)} />;
}

function Take({
  state,
  policy,
}: {
  readonly state: Readonly<Record<string, unknown>>;
  readonly policy: Policy;
}) {
  const { nodes } = useFleet();
  const parsed = federationViewSchema.safeParse(state);
  return (
    <TakeAway
      name="federation"
      rows={parsed.success ? participantsOf(parsed.data, nodes, policy) : []}
      columns={PARTICIPANT_COLUMNS}
      json={state}
    />
  );
}
