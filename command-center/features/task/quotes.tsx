/** Citations: the quoted words, set in the memory they stand in, each leading to the whole signed entry. */
"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button.tsx";
import { PageLink } from "@/components/ui/page-link.tsx";
import { plural, shortId } from "@/lib/format.ts";

/** The strongest few carry the answer; a wall of quotations hides it. */
const QUOTES_AT_FIRST = 3;

interface Quoted {
  readonly id: string;
  readonly quote: string;
  readonly content?: string | null;
}

export function Quotes({
  citations,
  numbered = false,
}: {
  readonly citations: readonly Quoted[];
  readonly numbered?: boolean;
}) {
  const [whole, setWhole] = useState(false);
  const shown = whole ? citations : citations.slice(0, QUOTES_AT_FIRST);
  const hidden = citations.length - shown.length;
  return (
    <ol className="mt-2 flex flex-col gap-2">
      {shown.map((citation, index) => (
        <li key={`${citation.id}${citation.quote}`} className="flex gap-2.5 text-soft">
          {numbered ? <span className="figures w-4 shrink-0 text-right text-faint">{index + 1}</span> : null}
          <div className="min-w-0 max-w-prose">
            <InContext quote={citation.quote} content={citation.content ?? null} />
            <PageLink
              href={`/library?view=memory&entry=${encodeURIComponent(citation.id)}`}
              className="font-mono text-xs text-faint underline-offset-2 hover:text-ink hover:underline"
              title={citation.id}
            >
              {shortId(citation.id)}
            </PageLink>
          </div>
        </li>
      ))}
      {hidden === 0 ? null : (
        <li>
          <Button look="bare" onClick={() => setWhole(true)} className="-ml-3">
            {plural(hidden, "more quotation")}
          </Button>
        </li>
      )}
    </ol>
  );
}

/** Characters of context kept on each side of a quotation. */
const CONTEXT_CHARS = 120;

/** A quotation that does not stand in the memory is shown as what it is. */
function InContext({ quote, content }: { readonly quote: string; readonly content: string | null }) {
  if (content === null) return <q className="text-ink">{quote}</q>;
  const at = content.indexOf(quote);
  if (quote === "" || at < 0) {
    return (
      <>
        <q className="text-ink">{quote}</q>{" "}
        <span className="text-xs text-warn">not found word for word in the memory</span>
      </>
    );
  }
  const before = content.slice(Math.max(0, at - CONTEXT_CHARS), at);
  const after = content.slice(at + quote.length, at + quote.length + CONTEXT_CHARS);
  return (
    <p className="whitespace-pre-line">
      {at > CONTEXT_CHARS ? "…" : ""}
      {before}
      <mark className="rounded bg-accent-wash px-0.5 text-ink">{quote}</mark>
      {after}
      {at + quote.length + CONTEXT_CHARS < content.length ? "…" : ""}
    </p>
  );
}
