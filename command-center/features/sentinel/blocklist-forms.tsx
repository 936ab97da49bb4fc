/** Adding to the blocklist: a key with a note, or the address of a list. Each says what it does before it is done. */
"use client";

import { type FormEvent, useId, useState } from "react";
import { useFleet } from "@/components/shell/fleet-context.tsx";
import { Button } from "@/components/ui/button.tsx";
import { RowInput, Select } from "@/components/ui/field.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import {
  type BlocklistChange,
  type BlocklistView,
  readKey,
  readListUrl,
  type Scope,
  withBlocked,
  withSubscription,
} from "@/lib/blocklist-view.ts";
import { useUrlState } from "@/lib/url-state.ts";

/** The contract's bound on a note. */
const NOTE_CHARS_MAX = 200;
const SCOPES = [
  { value: "keys", name: "One spore" },
  { value: "operators", name: "An operator, with all its spores" },
] as const;

interface BlockFormProps {
  readonly list: BlocklistView;
  readonly busy: boolean;
  /** @returns whether it was taken. */
  readonly onBlock: (change: BlocklistChange) => Promise<boolean>;
}

export function BlockForm({ list, busy, onBlock }: BlockFormProps) {
  const url = useUrlState();
  const { nodes, operators } = useFleet();
  const [scope, setScope] = useState<Scope>(url.get("scope") === "operators" ? "operators" : "keys");
  const [text, setText] = useState(url.get("block") ?? "");
  const [note, setNote] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [asking, setAsking] = useState<string | null>(null);
  const id = useId();
  const strangers = nodes.filter((node) => !node.mine);
  const mine = new Set([...operators, ...nodes.filter((node) => node.mine).map((node) => node.key)]);
  const known =
    scope === "keys"
      ? strangers.map(({ key, name }) => ({ key, name }))
      : [...new Set(strangers.flatMap(({ operator }) => operator ?? []))].map((key) => ({
          key,
          name: strangers
            .filter(({ operator }) => operator === key)
            .map(({ name }) => name)
            .join(", "),
        }));
  const check = (event: FormEvent) => {
    event.preventDefault();
    const read = readKey(text, mine);
    setProblem(read.ok ? null : read.error);
    setAsking(read.ok ? read.value : null);
  };
  const block = async (key: string) => {
    if (!(await onBlock(withBlocked(list, { scope, key, note: note.trim() })))) return;
    setAsking(null);
    setText("");
    setNote("");
    url.set({ block: null, scope: null });
  };
  if (asking !== null) {
    return (
      <Question
        asked={asking}
        scope={scope}
        busy={busy}
        onYes={() => void block(asking)}
        onNo={() => setAsking(null)}
      />
    );
  }
  return (
    <form className="flex flex-wrap gap-2" onSubmit={check}>
      <Select label="Whom to block" value={scope} options={SCOPES} onChange={setScope} />
      <RowInput
        label="Public key"
        aria-describedby={`${id}-problem`}
        aria-invalid={problem === null ? undefined : true}
        placeholder="Its public key"
        list={`${id}-known`}
        autoComplete="off"
        spellCheck={false}
        className="basis-48 font-mono"
        value={text}
        onChange={setText}
      />
      <datalist id={`${id}-known`}>
        {known.map(({ key, name }) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </datalist>
      <RowInput
        label="Why it is blocked"
        placeholder="Why, as a note"
        maxLength={NOTE_CHARS_MAX}
        className="basis-40"
        value={note}
        onChange={setNote}
      />
      <Button type="submit" disabled={busy || text.trim() === ""}>
        Block
      </Button>
      <p id={`${id}-problem`} aria-live="polite" className="basis-full text-xs text-bad empty:hidden">
        {problem}
      </p>
    </form>
  );
}

interface QuestionProps {
  readonly asked: string;
  readonly scope: Scope;
  readonly busy: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

/** Asked once more, with what it does. */
function Question({ asked, scope, busy, onYes, onNo }: QuestionProps) {
  return (
    <section aria-label="Confirm" className="flex flex-wrap items-center gap-2 rounded bg-warn-wash p-3">
      <p className="flex basis-full items-center gap-1.5 font-medium">
        Block <SporeName id={asked} />?
      </p>
      <p className="basis-full text-soft">
        From that moment it gets no call and no answer, its new entries are not taken, and what is held of{" "}
        {scope === "keys" ? "it" : "its spores"} is neither shown nor passed on.
      </p>
      <Button look="primary" disabled={busy} autoFocus onClick={onYes}>
        Yes, block it
      </Button>
      <Button look="bare" onClick={onNo}>
        Cancel
      </Button>
    </section>
  );
}

interface SubscribeFormProps {
  readonly list: BlocklistView;
  readonly busy: boolean;
  readonly onSubscribe: (change: BlocklistChange) => Promise<boolean>;
}

export function SubscribeForm({ list, busy, onSubscribe }: SubscribeFormProps) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const id = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const read = readListUrl(text);
    setProblem(read.ok ? null : read.error);
    if (read.ok && (await onSubscribe(withSubscription(list, read.value)))) setText("");
  };
  return (
    <form className="flex flex-wrap gap-2" onSubmit={(event) => void submit(event)}>
      <RowInput
        label="Address of a list"
        aria-describedby={`${id}-problem`}
        aria-invalid={problem === null ? undefined : true}
        placeholder="https://lists.example/synapse.json"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={setText}
      />
      <Button type="submit" disabled={busy || text.trim() === ""}>
        Follow
      </Button>
      <p id={`${id}-problem`} aria-live="polite" className="basis-full text-xs text-bad empty:hidden">
        {problem}
      </p>
      <p className="basis-full text-xs text-faint">
        Read every hour; whoever writes it decides whom this spore hears, never about your own spores.
      </p>
    </form>
  );
}
