/** A button whose effect is asked about once more, in its own place. */
"use client";

import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button.tsx";

interface Props {
  /** For everybody who cannot see what it stands beside. */
  readonly label: string;
  readonly children: ReactNode;
  /** What is done, as an answer: "Yes, listen again". */
  readonly yes: string;
  readonly busy: boolean;
  readonly onYes: () => void;
}

export function ConfirmButton({ label, children, yes, busy, onYes }: Props) {
  const [asking, setAsking] = useState(false);
  if (!asking)
    return (
      <Button look="bare" aria-label={label} onClick={() => setAsking(true)}>
        {children}
      </Button>
    );
  return (
    <span className="flex flex-wrap items-center gap-1">
      <Button
        disabled={busy}
        // The focus stood on the button that this one took the place of.
        autoFocus
        onClick={() => {
          setAsking(false);
          onYes();
        }}
      >
        {yes}
      </Button>
      <Button look="bare" onClick={() => setAsking(false)}>
        Cancel
      </Button>
    </span>
  );
}
