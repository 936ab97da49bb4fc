/**
 * The Sentinel's queue. Nothing is applied before its commander approved it; a decision is confirmed once, says which
 * spore it goes to, and is never sent to a spore of somebody else.
 */
"use client";

import { useState } from "react";
import { useConnect } from "@/components/shell/connect-context.tsx";
import { CommandError } from "@/components/state/command-error.tsx";
import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { Button } from "@/components/ui/button.tsx";
import { RowInput } from "@/components/ui/field.tsx";
import { PageLink } from "@/components/ui/page-link.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { StateView } from "@/components/ui/state-view.tsx";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { useCommand } from "@/lib/command.ts";
import { plural } from "@/lib/format.ts";
import { headlineOf, isOpen, type Proposal, proposalsSchema, reasonsOf, restOf } from "@/lib/proposal.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

/** One open proposal with its reasons; there is never more than one. */
const ROWS = { narrow: 16, wide: 12 };
/** The contract's bound on a note. */
const NOTE_CHARS_MAX = 500;

const MEMBERS = [
  ...["status", "setting", "from", "to"],
  ...["observation", "hypothesis", "success_criterion", "risk", "proposed_by", "created_at"],
];
const COLUMNS = fileColumns(MEMBERS.map((member) => [member.replaceAll("_", " "), toldAs(member)]));

function toldAs(member: string): Column<Proposal>["value"] {
  return (proposal: Readonly<Record<string, unknown>>) => {
    const told = proposal[member];
    return typeof told === "number" ? told : told == null ? null : String(told);
  };
}

export function ProposalsPanel() {
  const { spore } = useSelectedSpore();
  return (
    <PartPanel
      title="Proposals"
      path="/api/proposals"
      rows={ROWS}
      meaning="Changes the Sentinel suggests. Nothing is applied before its commander approved it."
      actions={(state) => (
        <TakeAway
          name="proposals"
          rows={proposalsSchema.safeParse(state).data?.proposals ?? []}
          columns={COLUMNS}
          json={state}
        />
      )}
    >
      {(state) => {
        const parsed = proposalsSchema.safeParse(state);
        const proposals = parsed.success ? parsed.data.proposals : [];
        const open = proposals.filter(isOpen);
        const decided = proposals.filter((proposal) => !isOpen(proposal));
        const total = parsed.success ? (parsed.data.total ?? 0) : 0;
        if (spore !== null && proposals.length === 0 && total > 0)
          return <Untold total={total} spore={spore} />;
        if (proposals.length === 0 || spore === null) {
          return (
            <Notice rows={ROWS} title="Nothing is proposed">
              The Sentinel has seen nothing that a change would mend.
            </Notice>
          );
        }
        return (
          <div className="flex flex-col gap-6">
            <ul aria-label="Waiting for a decision" className="flex flex-col gap-4">
              {open.map((proposal) => (
                <li key={proposal.id} className="border-l-2 border-accent pl-4">
                  <Reasons proposal={proposal} />
                  <Decision proposal={proposal} spore={spore} />
                </li>
              ))}
            </ul>
            {open.length === 0 ? <p className="text-soft">Nothing waits for you.</p> : null}
            {decided.length === 0 ? null : (
              <details>
                <summary className="inline-block rounded text-sm text-soft">
                  {plural(decided.length, "decided proposal")}
                </summary>
                <ul className="mt-3 flex flex-col gap-4">
                  {decided.map((proposal) => (
                    <li key={proposal.id} className="border-l-2 border-edge pl-4">
                      <Reasons proposal={proposal} />
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </div>
        );
      }}
    </PartPanel>
  );
}

/** A spore tells strangers only how many there are. */
function Untold({ total, spore }: { readonly total: number; readonly spore: ChosenSpore }) {
  const { open } = useConnect();
  return (
    <Notice
      rows={ROWS}
      title={`${plural(total, "proposal")}, told to the commander alone`}
      action={spore.own ? <Button onClick={() => open("token")}>Enter the operator token</Button> : undefined}
    >
      Others learn how many there are, not what they say.
    </Notice>
  );
}

function Reasons({ proposal }: { readonly proposal: Proposal }) {
  return (
    <>
      <h3 className="flex flex-wrap items-baseline gap-x-3 text-sm font-medium">
        <span className="min-w-0">{headlineOf(proposal)}</span>
        <span className="text-xs font-normal text-faint">{proposal.status.replaceAll("_", " ")}</span>
      </h3>
      <dl className="mt-1.5 flex flex-col gap-1">
        {reasonsOf(proposal).map((reason) => (
          <div key={reason.name} className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-3">
            <dt className="text-faint">{reason.name}</dt>
            <dd className="max-w-prose text-soft">{reason.text}</dd>
          </div>
        ))}
      </dl>
      {proposal.debate == null ? null : (
        <PageLink
          href={`/library?task=${encodeURIComponent(proposal.debate)}`}
          className="mt-1.5 inline-block text-sm text-accent underline-offset-2 hover:underline"
        >
          How the swarm debated it
        </PageLink>
      )}
      <details className="mt-1.5">
        <summary className="inline-block rounded text-xs text-faint hover:text-ink">
          Everything it says
        </summary>
        <div className="mt-2">
          <StateView value={restOf(proposal)} />
        </div>
      </details>
    </>
  );
}

type Choice = "approve" | "reject";

function Decision({ proposal, spore }: { readonly proposal: Proposal; readonly spore: ChosenSpore }) {
  const [choice, setChoice] = useState<Choice | null>(null);
  const [note, setNote] = useState("");
  const command = useCommand();
  if (!spore.own) {
    return <p className="mt-2 text-xs text-faint">Only the commander of this cluster decides.</p>;
  }
  if (command.isSuccess) {
    return (
      <p role="status" className="mt-2 text-sm text-good">
        {choice === "approve" ? "Approved" : "Rejected"}.
      </p>
    );
  }
  if (choice === null) {
    return (
      <div className="mt-3 flex gap-2">
        <Button onClick={() => setChoice("approve")}>Approve</Button>
        <Button onClick={() => setChoice("reject")}>Reject</Button>
      </div>
    );
  }
  const send = () =>
    command.mutate({
      spore,
      method: "POST",
      path: `/api/proposals/${encodeURIComponent(proposal.id)}/${choice}`,
      body: note.trim() === "" ? {} : { reason: note.trim() },
    });
  return (
    <form
      className="mt-3 flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {choice === "reject" ? (
        <RowInput
          label="Why"
          placeholder="Why, if you like"
          maxLength={NOTE_CHARS_MAX}
          value={note}
          onChange={setNote}
        />
      ) : null}
      <Button type="submit" look="primary" disabled={command.isPending}>
        {choice === "approve" ? "Yes, apply it" : "Yes, reject it"}
      </Button>
      <Button look="bare" onClick={() => setChoice(null)}>
        Cancel
      </Button>
      <p className="flex basis-full items-center gap-1.5 text-xs text-faint">
        goes to <SporeName id={spore.url} className="text-soft" />
        {choice === "approve" ? ", which applies it within declared bounds and evaluates it" : ""}
      </p>
      <CommandError error={command.error} what="Not decided" className="basis-full" />
    </form>
  );
}
