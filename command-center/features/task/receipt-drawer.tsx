/** The signed receipt of an answer, judged here: what went in, who voted with which weight, which models. */
"use client";

import type { ReceiptReport } from "@synapse/shared/receipt.ts";
import { receiptSchema } from "@synapse/shared/receipt.ts";
import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { ShareBar } from "@/charts/share-bar.tsx";
import { QueryState } from "@/components/state/panel-states.tsx";
import { Button } from "@/components/ui/button.tsx";
import { CopyButton } from "@/components/ui/copy-button.tsx";
import { Dialog } from "@/components/ui/dialog.tsx";
import { SporeName } from "@/components/ui/spore-mark.tsx";
import { ToneMark } from "@/components/ui/state-badge.tsx";
import { StateView } from "@/components/ui/state-view.tsx";
import { Moment } from "@/components/ui/time.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { download } from "@/lib/download.ts";
import { formatDecimal, formatShare, plural } from "@/lib/format.ts";
import { receiptOptions } from "@/lib/queries.ts";
import { judgeReceipt } from "@/lib/receipt-verifier.ts";

interface Props {
  readonly spore: ChosenSpore;
  readonly task: string;
  readonly onClose: () => void;
}

export function ReceiptDrawer({ spore, task, onClose }: Props) {
  const query = useQuery(receiptOptions(spore, task));
  return (
    <Dialog
      open
      onClose={onClose}
      placement="right"
      title="Receipt"
      description="What this answer was made from. Anyone can check it without trusting us."
    >
      <QueryState query={query} what="the receipt" rows={20}>
        {(receipt) => <ReceiptView receipt={receipt} task={task} />}
      </QueryState>
    </Dialog>
  );
}

function ReceiptView({ receipt, task }: { readonly receipt: object; readonly task: string }) {
  const json = JSON.stringify(receipt, null, 2);
  const verdict = useQuery({
    queryKey: ["verdict", json],
    queryFn: () => judgeReceipt(receipt),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <div className="flex flex-col gap-6">
      <QueryState query={verdict} what="the proof" rows={6}>
        {(report) => (report === null ? <CannotVerify /> : <Report report={report} />)}
      </QueryState>
      <Contents receipt={receipt} />
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => download(`receipt-${task.slice(0, 12)}.json`, json, "application/json")}>
          <Download size={14} /> receipt.json
        </Button>
        <CopyButton text={json} label="Copy JSON" />
      </div>
      <details>
        <summary className="inline-block rounded text-sm text-soft">The receipt as it came</summary>
        <pre className="mt-2 max-h-96 overflow-auto rounded bg-raised p-3 font-mono text-xs whitespace-pre-wrap">
          {json}
        </pre>
      </details>
    </div>
  );
}

function CannotVerify() {
  return (
    <p className="rounded bg-raised px-3 py-2 text-sm text-soft">
      Not checked here: this browser cannot verify Ed25519 signatures on this page. Download the receipt and
      run <code className="font-mono text-xs text-ink">bun run verify receipt.json</code>.
    </p>
  );
}

function Report({ report }: { readonly report: ReceiptReport }) {
  const total = report.answer?.voices.reduce((sum, voice) => sum + voice.weight, 0) ?? 0;
  return (
    <>
      <section aria-label="Verdict">
        <p
          className={`flex items-center gap-2 text-base font-medium ${report.valid ? "text-good" : "text-bad"}`}
        >
          <ToneMark tone={report.valid ? "good" : "bad"} />
          {report.valid ? "Verified in this browser" : "This receipt does not hold"}
        </p>
        <ul className="mt-2 flex flex-col gap-1">
          {report.checks.map((check) => (
            <li key={check.name} className="flex items-baseline gap-2">
              <ToneMark tone={check.passed ? "good" : "bad"} />
              <span className="w-24 shrink-0 font-medium">{check.name}</span>
              <span className="text-soft">{check.detail}</span>
            </li>
          ))}
        </ul>
        {report.asserted.length === 0 ? null : (
          <>
            <p className="eyebrow mt-3">Asserted, not proven</p>
            <ul className="list-disc pl-4 text-soft marker:text-faint">
              {report.asserted.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </>
        )}
      </section>
      {report.answer === null ? null : (
        <section aria-label="Voices">
          <h3 className="mb-1 text-sm font-medium">
            Voices{" "}
            <span className="font-normal text-faint">
              as recomputed: posterior {formatShare(report.answer.posterior)}, {report.answer.verdict}
            </span>
          </h3>
          <ul className="flex flex-col gap-2">
            {report.answer.voices.map((voice) => (
              <li
                key={`${voice.spore}${voice.model}${voice.weight}`}
                className="grid grid-cols-[minmax(0,1fr)_8rem_3rem] items-center gap-3"
              >
                <span className="flex min-w-0 items-baseline gap-2">
                  <SporeName id={voice.spore} />
                  <span className="truncate text-xs text-faint">{voice.model}</span>
                </span>
                <ShareBar
                  share={total === 0 ? 0 : voice.weight / total}
                  label={`weight ${formatDecimal(voice.weight)}`}
                />
                <span className="figures text-right">{formatDecimal(voice.weight)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** What the file holds; a receipt of another version is shown as it describes itself. */
function Contents({ receipt }: { readonly receipt: object }) {
  const parsed = receiptSchema.safeParse(receipt);
  if (!parsed.success) return <StateView value={receipt as Readonly<Record<string, unknown>>} />;
  const { label, rule, contributions, sources, evidence, certificates, issued_at, issuer } = parsed.data;
  return (
    <section aria-label="Contents">
      <h3 className="mb-1 text-sm font-medium">It holds</h3>
      <p className="text-soft">
        {plural(contributions.length, "contribution")},{" "}
        {plural(sources.length, "cited memory", "cited memories")}, {plural(evidence.length, "piece")} of
        evidence and {plural(certificates.length, "certificate")}, judged by rule{" "}
        <code className="font-mono text-xs">{rule}</code>. Issued by <SporeName id={issuer} /> at{" "}
        <Moment at={issued_at} />.
      </p>
      {label === "public" ? null : (
        <p className="mt-1 text-warn">It contains {label} text: think before you hand it to others.</p>
      )}
      <ul className="mt-2 flex flex-col gap-1.5">
        {sources.map((source) => (
          <li key={source.signature} className="border-l-2 border-edge pl-3 text-soft">
            {"content" in source.entry.body ? String(source.entry.body.content) : source.entry.kind}
          </li>
        ))}
      </ul>
    </section>
  );
}
