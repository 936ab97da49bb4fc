/** Why a spore did not do what it was told, and the way to mend it. */
"use client";

import { useConnect } from "@/components/shell/connect-context.tsx";
import { Button } from "@/components/ui/button.tsx";
import { SporeError } from "@/lib/spore-client.ts";

interface Props {
  readonly error: Error | null;
  /** What was not done, as the beginning of a sentence: "Not asked". */
  readonly what: string;
  readonly className?: string;
}

export function CommandError({ error, what, className = "" }: Props) {
  const { open } = useConnect();
  if (error === null) return null;
  const needsToken = error instanceof SporeError && error.failure.kind === "unauthorised";
  return (
    <p role="alert" className={`flex flex-wrap items-center gap-3 text-sm text-bad ${className}`}>
      {needsToken ? `${what}: your spore wants the operator token first.` : `${what}: ${error.message}`}
      {needsToken ? <Button onClick={() => open("token")}>Enter the operator token</Button> : null}
    </p>
  );
}
