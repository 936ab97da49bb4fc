/** No spores are known: start a swarm, connect to one, or watch a recorded one, each in one step. */
"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Play } from "lucide-react";
import type { ReactNode } from "react";
import { AddSpore } from "@/components/shell/connect-dialog.tsx";
import { Button } from "@/components/ui/button.tsx";
import { CopyIcon } from "@/components/ui/copy-button.tsx";
import { startDemo } from "@/demo/demo-state.ts";
import { keys } from "@/lib/keys.ts";

const COMMAND = "bun run launch --count 3 --deploy-cc";

export function FirstRun() {
  const client = useQueryClient();
  const watch = () => {
    startDemo();
    void client.invalidateQueries({ queryKey: keys.choice });
  };
  return (
    <section className="mx-auto grid max-w-6xl gap-10 py-12 md:grid-cols-3">
      <Way
        title="Start a swarm of your own"
        text="One command in a clone of the repository starts three spores on this machine and opens this page on them. No account, no key, no network needed."
      >
        <div className="flex items-center gap-2 rounded border border-line bg-panel py-1 pr-1 pl-3">
          <code className="min-w-0 grow overflow-x-auto font-mono text-xs whitespace-nowrap">{COMMAND}</code>
          <CopyIcon text={COMMAND} label="Copy the command" />
        </div>
      </Way>
      <Way
        title="Connect to one"
        text="Any spore whose address you know will do. It tells this page of all the others."
      >
        <AddSpore />
      </Way>
      <Way
        title="Watch a demo"
        text="A recording of a real swarm of three, replayed in your browser as it happened: questions, blind first thoughts, agreement, answers with receipts. Nobody is called."
      >
        <Button onClick={watch} className="self-start">
          <Play size={14} /> Play the demo
        </Button>
      </Way>
    </section>
  );
}

interface WayProps {
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

function Way({ title, text, children }: WayProps) {
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <h2 className="text-lg font-semibold tracking-tight">{title}</h2>
      <p className="max-w-prose text-soft">{text}</p>
      {children}
    </div>
  );
}
