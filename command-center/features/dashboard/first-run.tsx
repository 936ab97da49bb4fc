/** No spores are known: how to start a swarm, or connect to one, in one step. */
"use client";

import { AddSpore } from "@/components/shell/connect-dialog.tsx";
import { CopyIcon } from "@/components/ui/copy-button.tsx";

const COMMAND = "bun run launch --count 3 --deploy-cc";

export function FirstRun() {
  return (
    <section className="mx-auto grid max-w-4xl gap-10 py-12 md:grid-cols-2">
      <div className="flex flex-col gap-3">
        <h2 className="text-lg font-semibold tracking-tight">Start a swarm of your own</h2>
        <p className="max-w-prose text-soft">
          One command in a clone of the repository starts three spores on this machine and opens this page on
          them. No account, no key, no network needed.
        </p>
        <div className="flex items-center gap-2 rounded border border-line bg-panel py-1 pr-1 pl-3">
          <code className="min-w-0 grow overflow-x-auto font-mono text-xs whitespace-nowrap">{COMMAND}</code>
          <CopyIcon text={COMMAND} label="Copy the command" />
        </div>
      </div>
      <div className="flex flex-col gap-3">
        <h2 className="text-lg font-semibold tracking-tight">Or connect to one</h2>
        <p className="max-w-prose text-soft">
          Any spore whose address you know will do. It tells this page of all the others.
        </p>
        <AddSpore />
      </div>
    </section>
  );
}
