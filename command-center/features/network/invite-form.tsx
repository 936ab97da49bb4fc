/** Makes an invitation: it lets another commander's spores into a private swarm. */
"use client";

import { useState } from "react";
import { z } from "zod";
import { CommandError } from "@/components/state/command-error.tsx";
import { Button } from "@/components/ui/button.tsx";
import { CopyButton } from "@/components/ui/copy-button.tsx";
import { RowInput } from "@/components/ui/field.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { useCommand } from "@/lib/command.ts";

const NOTE_CHARS_MAX = 200;
const inviteSchema = z.looseObject({ invite: z.string() });

/** It is good once, and shown once. */
export function InviteForm({ spore }: { readonly spore: ChosenSpore }) {
  const [note, setNote] = useState("");
  const command = useCommand();
  const issued = inviteSchema.safeParse(command.data);
  return (
    <section aria-label="Invite another commander" className="border-t border-line pt-4">
      <h3 className="text-sm font-medium">Invite another commander</h3>
      {command.isSuccess && issued.success ? (
        <div className="mt-2 flex flex-wrap items-center gap-3" role="status">
          <p className="text-soft">Good once. It is not shown again: hand it over on a way you trust.</p>
          <CopyButton text={issued.data.invite} label="Copy the invitation" />
        </div>
      ) : (
        <form
          className="mt-2 flex flex-wrap items-center gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            command.mutate({
              spore,
              method: "POST",
              path: "/api/invites",
              body: note.trim() === "" ? {} : { note: note.trim() },
            });
          }}
        >
          <RowInput
            label="For whom"
            placeholder="For whom, as a note to yourself"
            maxLength={NOTE_CHARS_MAX}
            value={note}
            onChange={setNote}
          />
          <Button type="submit" disabled={command.isPending}>
            Make an invitation
          </Button>
          <p className="flex basis-full items-center gap-1.5 text-xs text-faint">
            issued by <SporeName id={spore.url} className="text-soft" />
          </p>
        </form>
      )}
      <CommandError error={command.error} what="No invitation" className="mt-2" />
    </section>
  );
}
