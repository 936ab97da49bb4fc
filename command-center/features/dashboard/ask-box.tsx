/**
 * Asks the commander's own cluster. The question goes from this browser straight to one of their spores, with the
 * token; the box says which. One idempotency key per attempt, so a second click or a retry asks once.
 */
"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ArrowUp } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useRef, useState } from "react";
import { z } from "zod";
import { useFleet } from "@/components/shell/fleet-context.tsx";
import { CommandError } from "@/components/state/command-error.tsx";
import { Button } from "@/components/ui/button.tsx";
import { Select } from "@/components/ui/field.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import type { FleetNode } from "@/lib/fleet.ts";
import { keys } from "@/lib/keys.ts";
import { requireFromSpore } from "@/lib/spore-client.ts";
import { useUrlState } from "@/lib/url-state.ts";

/** The contract's bound on a task's text. */
const CHARS_MAX = 8_000;
const createdSchema = z.looseObject({ task_id: z.string() });

type Scope = "cluster" | "public";
const SCOPES: readonly { readonly value: Scope; readonly name: string }[] = [
  { value: "cluster", name: "My cluster only" },
  { value: "public", name: "Public: open to everyone" },
];

interface Ask {
  readonly spore: ChosenSpore;
  readonly text: string;
  readonly scope: Scope;
}

function useAsk(onAsked: (id: string) => void) {
  const client = useQueryClient();
  // Kept until the question was taken: a repeated attempt is the same question.
  const attempt = useRef<{ readonly of: string; readonly key: string } | null>(null);
  return useMutation({
    mutationFn: ({ spore, text, scope }: Ask) => {
      const of = `${spore.url}\n${scope}\n${text}`;
      if (attempt.current?.of !== of) attempt.current = { of, key: crypto.randomUUID() };
      return requireFromSpore(spore, "/api/task", createdSchema, {
        method: "POST",
        body: { task: text, label: scope },
        headers: { "idempotency-key": attempt.current.key },
      });
    },
    onSuccess: ({ task_id }) => {
      attempt.current = null;
      void client.invalidateQueries({ queryKey: keys.taskLists });
      onAsked(task_id);
    },
  });
}

/** The commander's own spore that takes the question: the first that is live. */
function targetOf(nodes: readonly FleetNode[]): FleetNode | null {
  const own = nodes.filter((node) => node.chosen?.own === true);
  return own.find((node) => node.state === "live") ?? null;
}

export function AskBox() {
  const { nodes } = useFleet();
  const url = useUrlState();
  const [text, setText] = useState("");
  const [scope, setScope] = useState<Scope>("cluster");
  const target = targetOf(nodes);
  const ask = useAsk((id) => {
    setText("");
    url.set({ task: id }, "push");
  });
  const ready = target?.chosen != null && text.trim() !== "" && !ask.isPending;
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (ready && target?.chosen != null) ask.mutate({ spore: target.chosen, text: text.trim(), scope });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  return (
    <form onSubmit={submit} className="rounded border border-edge bg-panel focus-within:border-accent">
      <label htmlFor="ask" className="sr-only">
        Ask your swarm
      </label>
      <textarea
        id="ask"
        data-search
        rows={2}
        maxLength={CHARS_MAX}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKey}
        placeholder="Ask your swarm a question"
        className="block field-sizing-content max-h-60 min-h-16 w-full resize-none rounded bg-transparent px-4 pt-3 pb-1 text-base -outline-offset-2"
      />
      <div className="flex flex-wrap items-center gap-2 px-2 pb-2">
        <Select label="Who may see this task" value={scope} options={SCOPES} onChange={setScope} />
        <p className="flex min-w-0 items-center gap-1.5 px-1 text-xs text-faint" data-testid="ask-target">
          {target === null ? (
            "None of your own spores is connected"
          ) : (
            <>
              goes to <SporeName id={target.key} className="text-soft" />
            </>
          )}
        </p>
        <Button type="submit" look="primary" disabled={!ready} className="ml-auto" aria-label="Ask">
          {ask.isPending ? "Asking" : "Ask"} <ArrowUp size={14} />
        </Button>
      </div>
      <CommandError error={ask.error} what="Not asked" className="border-t border-line px-4 py-2" />
    </form>
  );
}
