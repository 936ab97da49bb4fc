/**
 * Where a receipt is judged. The verifier recomputes signatures, posterior and answer from the receipt alone; while
 * this build has none, the page says so and shows the receipt unjudged. It never shows a verdict it did not compute.
 */
import type { Receipt } from "@/lib/queries.ts";

export interface ReceiptFinding {
  readonly what: string;
  /** `asserted`: the receipt says so, and nothing in it can prove it. */
  readonly outcome: "proven" | "asserted" | "failed";
  readonly detail: string;
}

export interface ReceiptVerdict {
  readonly valid: boolean;
  readonly findings: readonly ReceiptFinding[];
}

export type ReceiptVerifier = (receipt: Receipt) => Promise<ReceiptVerdict>;

export const receiptVerifier: ReceiptVerifier | null = null as ReceiptVerifier | null;
