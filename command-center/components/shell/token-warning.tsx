/** Says at once that a token is wrong: a spore answers it with what is public, and that only looks like little. */
"use client";

import { useQueries } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useConnect } from "@/components/shell/connect-context.tsx";
import { useFleet } from "@/components/shell/fleet-context.tsx";
import { Button } from "@/components/ui/button.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { tokenOptions, useToken } from "@/lib/queries.ts";
import { SporeError } from "@/lib/spore-client.ts";

export function TokenWarning() {
  const token = useToken();
  const { open } = useConnect();
  const own = useFleet().nodes.flatMap(({ chosen, name, state }) =>
    chosen?.own === true && state === "live" ? [{ spore: chosen, name }] : [],
  );
  const refusals = useRefusals(token === null ? NONE : own.map(({ spore }) => spore));
  if (refusals.size === 0) return null;
  const names = own.filter(({ spore }) => refusals.has(spore.url)).map(({ name }) => name);
  const who =
    names.length === own.length && names.length > 1
      ? "Your spores do"
      : `${names.join(", ")} ${names.length === 1 ? "does" : "do"}`;
  return (
    <section
      aria-label="Operator token"
      role="status"
      className="mx-4 mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded bg-warn-wash px-3 py-1.5 text-sm text-warn sm:mx-5"
    >
      <KeyRound size={15} aria-hidden="true" className="shrink-0" />
      <p className="min-w-0 grow">
        {who} not accept the operator token of this tab, and show{names.length === 1 ? "s" : ""} only what is
        public. The launcher prints the right one at its end, and names the file that holds it.
      </p>
      <Button look="bare" className="text-warn" onClick={() => open("token")}>
        Change the token
      </Button>
    </section>
  );
}

const NONE: readonly ChosenSpore[] = [];

/** Addresses of the spores that refuse the token. */
function useRefusals(spores: readonly ChosenSpore[]): ReadonlySet<string> {
  const checks = useQueries({ queries: spores.map(tokenOptions) });
  return new Set(
    spores.flatMap(({ url }, index) => {
      const error = checks[index]?.error;
      return error instanceof SporeError && error.failure.kind === "unauthorised" ? [url] : [];
    }),
  );
}
