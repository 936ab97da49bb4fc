/** The signed receipt of an answer: what went in, who voted with which weight, which models, which signatures. */
"use client";

import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { Button } from "@/components/ui/button.tsx";
import { CopyButton } from "@/components/ui/copy-button.tsx";
import { Dialog } from "@/components/ui/dialog.tsx";
import { StateView } from "@/components/ui/state-view.tsx";
import { QueryState } from "@/components/state/panel-states.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { download } from "@/lib/download.ts";
import { type Receipt, receiptOptions } from "@/lib/queries.ts";
import { type ReceiptVerdict, receiptVerifier } from "@/lib/receipt-verifier.ts";

interface Props {
  readonly spore: ChosenSpore;
  readonly task: string;
  readonly onClose: () => void;
}

export function ReceiptDrawer({ spore, task, onClose }: Props) {
  const query = useQuery(receiptOptions(spore, task));
  return (
    <Dialog open onClose={onClose} placement="right" title="Receipt" description="What this answer was made from. Anyone can check it without trusting us.">
      <QueryState query={query} what="the receipt" rows={20}>
        {(receipt) => <ReceiptView receipt={receipt} task={task} />}
      </QueryState>
    </Dialog>
  );
}

function ReceiptView({ receipt, task }: { readonly receipt: Receipt; readonly task: string }) {
  const json = JSON.stringify(receipt, null, 2);
  return (
    <div className="flex flex-col gap-4">
      <Verdict receipt={receipt} />
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => download(`receipt-${task.slice(0, 12)}.json`, json, "application/json")}>
          <Download size={14} /> receipt.json
        </Button>
        <CopyButton text={json} label="Copy JSON" />
      </div>
      <StateView value={receipt} />
      <details>
        <summary className="text-sm text-soft">The receipt as it came</summary>
        <pre className="mt-2 max-h-96 overflow-auto rounded bg-raised p-3 font-mono text-xs whitespace-pre-wrap">{json}</pre>
      </details>
    </div>
  );
}

function Verdict({ receipt }: { readonly receipt: Receipt }) {
  const query = useQuery({
    queryKey: ["verdict", receipt],
    queryFn: (): Promise<ReceiptVerdict> => receiptVerifier?.(receipt) ?? Promise.reject(new Error("no verifier")),
    enabled: receiptVerifier !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (receiptVerifier === null) {
    return (
      <p className="rounded bg-raised px-3 py-2 text-sm text-soft">
        Not checked here: this page does not verify receipts yet. Download it and run{" "}
        <code className="font-mono text-xs text-ink">bun run verify receipt.json</code>.
      </p>
    );
  }
  return (
    <QueryState query={query} what="the proof" rows={4}>
      {(verdict) => (
        <div>
          <p className={`text-base font-medium ${verdict.valid ? "text-good" : "text-bad"}`}>
            {verdict.valid ? "Verified in this browser" : "This receipt does not hold"}
          </p>
          <ul className="mt-1 flex flex-col gap-0.5 text-sm text-soft">
            {verdict.findings.map((finding) => (
              <li key={finding.what}>
                <span className={finding.outcome === "failed" ? "text-bad" : ""}>{finding.outcome}</span>: {finding.what}.{" "}
                {finding.detail}
              </li>
            ))}
          </ul>
        </div>
      )}
    </QueryState>
  );
}
