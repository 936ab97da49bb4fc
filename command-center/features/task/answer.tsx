/** The answer: its text, how sure the swarm is and why, what it rests on, and the way to its receipt. */
"use client";

import type { TaskDetail } from "@synapse/shared/contract/status.ts";
import { GitFork, ReceiptText } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button.tsx";
import { PageLink } from "@/components/ui/page-link.tsx";
import { MEANINGS } from "@/features/task/figures.ts";
import { Quotes } from "@/features/task/quotes.tsx";
import { formatDecimal, formatShare } from "@/lib/format.ts";

const VALIDATION = {
  confirmed: { word: "confirmed by a second spore", tone: "text-good" },
  disputed: { word: "disputed by a second spore", tone: "text-warn" },
  unvalidated: { word: "not validated: no second spore checked it in time", tone: "text-faint" },
} as const;

export function Answer({
  detail,
  onReceipt,
}: {
  readonly detail: TaskDetail;
  readonly onReceipt: () => void;
}) {
  const { final_answer, status } = detail;
  if (final_answer === null) {
    if (status === "unresolved") {
      return (
        <Frame title="No answer" tone="border-warn">
          <p className="text-soft">{detail.reason ?? "The budget was spent without enough agreement."}</p>
        </Frame>
      );
    }
    return null;
  }
  const unresolved = status === "unresolved";
  return (
    <Frame
      title={unresolved ? "Best partial answer" : "Answer"}
      tone={unresolved ? "border-warn" : "border-good"}
      headline={<Posterior value={detail.posterior} />}
    >
      <p className="max-w-prose text-base whitespace-pre-line text-ink">{final_answer}</p>
      <dl className="figures mt-3 flex flex-wrap gap-x-5 gap-y-1 text-xs text-faint">
        <Fact
          name="Calibrated confidence"
          value={formatShare(detail.confidence)}
          title={MEANINGS.answerConfidence}
        />
        {detail.value === null ? null : (
          <Fact name="Value" value={detail.value} title="The answer in the form the task asked for" />
        )}
        <Validation verdict={detail.validation} />
      </dl>
      {unresolved && detail.reason !== null ? (
        <p className="mt-2 text-sm text-warn">{detail.reason}</p>
      ) : null}
      {detail.citations.length === 0 ? (
        <p className="mt-3 text-xs text-faint">This answer quotes no memory.</p>
      ) : (
        <div className="mt-3">
          <h4 className="eyebrow">It rests on</h4>
          <Quotes citations={detail.citations} numbered />
        </div>
      )}
      <div className="mt-3 flex flex-wrap items-center gap-2">
        <Button onClick={onReceipt}>
          <ReceiptText size={14} /> Receipt
        </Button>
        {detail.synthesis_id === null ? null : (
          <PageLink
            href={`/library?view=memory&entry=${detail.synthesis_id}`}
            data-touch
            className="inline-flex h-8 items-center gap-1.5 rounded px-3 text-sm text-soft hover:bg-hover hover:text-ink"
          >
            <GitFork size={14} aria-hidden="true" /> Provenance
          </PageLink>
        )}
      </div>
    </Frame>
  );
}

/** Written as the terminal writes it, so that the two can be compared. */
function Posterior({ value }: { readonly value: number | null }) {
  if (value === null) return null;
  return (
    <p className="figures text-sm text-soft" title={MEANINGS.posterior}>
      posterior <span className="font-semibold text-ink">{formatDecimal(value)}</span>
    </p>
  );
}

function Validation({ verdict }: { readonly verdict: TaskDetail["validation"] }) {
  if (verdict === null) return null;
  return (
    <div className={VALIDATION[verdict].tone}>
      <dt className="sr-only">Validation</dt>
      <dd>{VALIDATION[verdict].word}</dd>
    </div>
  );
}

function Frame({
  title,
  tone,
  headline = null,
  children,
}: {
  readonly title: string;
  readonly tone: string;
  readonly headline?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section aria-label={title} className={`border-l-2 pl-4 ${tone}`}>
      <div className="mb-1 flex flex-wrap items-baseline gap-x-3">
        <h3 className="text-sm font-medium">{title}</h3>
        {headline}
      </div>
      {children}
    </section>
  );
}

function Fact({
  name,
  value,
  title,
}: {
  readonly name: string;
  readonly value: string;
  readonly title: string;
}) {
  return (
    <div title={title} className="flex gap-1.5">
      <dt>{name}</dt>
      <dd className="text-soft">{value}</dd>
    </div>
  );
}
