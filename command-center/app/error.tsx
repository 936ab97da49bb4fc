/** A bug in one page must not take the others down. */
"use client";

import { Button } from "@/components/ui/button.tsx";

export default function PageError({ error, reset }: { readonly error: Error; readonly reset: () => void }) {
  return (
    <div role="alert" className="flex flex-col items-start gap-3 py-10">
      <p className="text-base font-medium">This page failed to draw itself</p>
      <p className="max-w-prose text-soft">{error.message}</p>
      <Button onClick={reset}>Draw it again</Button>
    </div>
  );
}
