/** Which spores this page talks to, and the operator token of this tab. */
"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { ConnectPart } from "@/components/shell/connect-context.tsx";
import { useFleet } from "@/components/shell/fleet-context.tsx";
import { Button, IconButton } from "@/components/ui/button.tsx";
import { Dialog } from "@/components/ui/dialog.tsx";
import { Field } from "@/components/ui/field.tsx";
import { NodeBadge } from "@/components/ui/state-badge.tsx";
import { readAdded, type SporeOrigin, saveAdded } from "@/lib/chosen-spores.ts";
import { keys } from "@/lib/keys.ts";
import { useChosen, useToken } from "@/lib/queries.ts";
import { parseSporeUrl } from "@/lib/spore-url.ts";
import { saveToken } from "@/lib/token.ts";

const ORIGINS: Readonly<Record<SporeOrigin, string>> = {
  config: "from config.json",
  build: "from the build",
  link: "from the link, watched only",
  added: "added here",
  bootstrap: "seed, watched only",
  demo: "recorded, replayed by this page",
};

/** Everything that a spore may have told to the token alone. */
const TOLD_TO_A_TOKEN = [keys.spores, keys.taskLists, keys.allLiveTasks, keys.activity] as const;

export function ConnectDialog({
  part,
  onClose,
}: {
  readonly part: ConnectPart;
  readonly onClose: () => void;
}) {
  return (
    <Dialog
      open
      onClose={onClose}
      title="Connections"
      description="This page talks to these spores directly from your browser, and to nobody else."
    >
      <div className="flex flex-col gap-6">
        {part === "token" ? (
          <>
            <TokenForm onDone={onClose} />
            <SporeList />
          </>
        ) : (
          <>
            <SporeList />
            <AddSpore />
            <TokenForm onDone={onClose} />
          </>
        )}
      </div>
    </Dialog>
  );
}

function SporeList() {
  const chosen = useChosen();
  const { nodes } = useFleet();
  const client = useQueryClient();
  const remove = (url: string) => {
    saveAdded(readAdded().filter((spore) => spore.url !== url));
    void client.invalidateQueries({ queryKey: keys.choice });
  };
  if (chosen.length === 0) return null;
  return (
    <ul className="divide-y divide-line rounded border border-line">
      {chosen.map((spore) => {
        const node = nodes.find((other) => other.url === spore.url);
        const holder = nodes.find((other) => other.alsoAt.includes(spore.url));
        return (
          <li key={spore.url} className="flex items-center gap-3 px-3 py-2">
            <div className="min-w-0 grow">
              <p className="truncate font-mono text-xs">{spore.url}</p>
              <p className="text-xs text-faint">
                {spore.own ? "mine" : "watched only, gets no token"} · {ORIGINS[spore.origin]}
              </p>
              {holder === undefined ? null : (
                <p className="text-xs text-warn">
                  Says that it is {holder.name}, which is at {holder.url ?? "no address"}: nothing is read
                  from here.
                </p>
              )}
            </div>
            {node === undefined ? null : <NodeBadge state={node.state} />}
            {spore.origin === "added" ? (
              <IconButton label={`Forget ${spore.url}`} onClick={() => remove(spore.url)}>
                <Trash2 size={14} />
              </IconButton>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}

export function AddSpore() {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [own, setOwn] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const url = parseSporeUrl(text);
    if (!url.ok) {
      setError(url.error);
      return;
    }
    saveAdded([...readAdded().filter((spore) => spore.url !== url.value), { url: url.value, own }]);
    void client.invalidateQueries({ queryKey: keys.choice });
    setText("");
    setError(null);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2 text-left">
      <Field
        label="Address of a spore"
        placeholder="http://127.0.0.1:7860"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={error}
        hint="Any spore shows you the whole network it knows."
        autoComplete="off"
        spellCheck={false}
        inputMode="url"
      />
      <label className="flex items-start gap-2 text-sm text-soft">
        <input
          type="checkbox"
          className="mt-1 accent-accent"
          checked={own}
          onChange={(event) => setOwn(event.target.checked)}
        />
        <span>This spore is mine: it may be sent my operator token and my tasks.</span>
      </label>
      <Button type="submit" look="primary" className="self-start">
        Connect
      </Button>
    </form>
  );
}

function TokenForm({ onDone }: { readonly onDone: () => void }) {
  const token = useToken();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const own = useChosen().filter((spore) => spore.own);
  const apply = (value: string | null) => {
    saveToken(value);
    // Of a list of tasks only the newest are read again, and who may see what changed for all of them.
    for (const queryKey of value === null ? TOLD_TO_A_TOKEN : [keys.taskLists])
      void client.resetQueries({ queryKey });
    if (value !== null) void client.invalidateQueries({ queryKey: keys.spores });
    onDone();
  };
  return (
    <form
      className="flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        apply(text);
      }}
    >
      <Field
        label="Operator token"
        type="password"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder={
          token === null ? "Paste the token that the launcher printed" : "A token is set in this tab"
        }
        hint={
          own.length === 0
            ? "It would be sent to no spore: none is marked as yours."
            : `Kept in this tab until you close it, and sent only to your own spores (${own.length}).`
        }
        autoComplete="off"
      />
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={text.trim() === ""}>
          Use this token
        </Button>
        {token === null ? null : <Button onClick={() => apply(null)}>Forget it</Button>}
      </div>
    </form>
  );
}
