/**
 * The commander's grade of an answer. It is evidence about everybody who contributed: it raises and lowers how much
 * they count from then on, and as an entry it stays. A later grade is a new entry.
 */
"use client";

import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import { Check, ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import { CommandError } from "@/components/state/command-error.tsx";
import { Button } from "@/components/ui/button.tsx";
import { RowInput } from "@/components/ui/field.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { useCommand } from "@/lib/command.ts";

/** The contract's bound on a note. */
const NOTE_CHARS_MAX = 500;

type Verdict = "right" | "wrong";

export function Grade({ detail, spore }: { readonly detail: TaskDetail; readonly spore: ChosenSpore }) {
  const [chosen, setChosen] = useState<Verdict | null>(null);
  const [note, setNote] = useState("");
  const command = useCommand();
  if (!spore.own || detail.final_answer === null) return null;
  if (command.isSuccess) {
    return (
      <p className="flex items-center gap-2 text-sm text-good" role="status">
        <Check size={14} /> Graded {verdictWord(chosen)}. It counts as evidence from now on.
      </p>
    );
  }
  const send = () =>
    command.mutate({
      spore,
      method: "POST",
      path: `/api/task/${encodeURIComponent(detail.task_id)}/grade`,
      body: { correct: chosen === "right", ...(note.trim() === "" ? {} : { note: note.trim() }) },
    });
  return (
    <section aria-label="Your grade" className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <span className="text-sm text-soft">Was it right?</span>
        <Choice name="Right" verdict="right" chosen={chosen} onChoose={setChosen} />
        <Choice name="Wrong" verdict="wrong" chosen={chosen} onChoose={setChosen} />
      </div>
      {chosen === null ? null : (
        <form
          className="flex flex-wrap items-center gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <RowInput
            label="Note"
            placeholder="Why, if you like"
            maxLength={NOTE_CHARS_MAX}
            value={note}
            onChange={setNote}
          />
          <Button type="submit" look="primary" disabled={command.isPending}>
            Grade as {verdictWord(chosen)}
          </Button>
          <Button look="bare" onClick={() => setChosen(null)}>
            Cancel
          </Button>
          <p className="flex basis-full items-center gap-1.5 text-xs text-faint">
            goes to <SporeName id={spore.url} className="text-soft" /> as a signed entry of yours, which stays
          </p>
        </form>
      )}
      <CommandError error={command.error} what="Not graded" />
    </section>
  );
}

function verdictWord(verdict: Verdict | null): string {
  return verdict ?? "";
}

interface ChoiceProps {
  readonly name: string;
  readonly verdict: Verdict;
  readonly chosen: Verdict | null;
  readonly onChoose: (verdict: Verdict) => void;
}

function Choice({ name, verdict, chosen, onChoose }: ChoiceProps) {
  const Icon = verdict === "right" ? ThumbsUp : ThumbsDown;
  return (
    <Button
      aria-pressed={chosen === verdict}
      className={chosen === verdict ? "border-accent text-ink" : ""}
      onClick={() => onChoose(verdict)}
    >
      <Icon size={14} /> {name}
    </Button>
  );
}
