/** Copies a text and says so. */
"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, IconButton } from "@/components/ui/button.tsx";

/** Long enough to be noticed. */
const SAID_MS = 1_500;

function useCopy(text: string) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => void navigator.clipboard.writeText(text).then(() => setDone(true));
  return { done, copy };
}

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const { done, copy } = useCopy(text);
  return (
    <Button onClick={copy}>
      {done ? <Check size={14} /> : <Copy size={14} />} {done ? "Copied" : label}
    </Button>
  );
}

export function CopyIcon({ text, label }: { readonly text: string; readonly label: string }) {
  const { done, copy } = useCopy(text);
  return (
    <IconButton label={done ? "Copied" : label} onClick={copy}>
      {done ? <Check size={14} /> : <Copy size={14} />}
    </IconButton>
  );
}
