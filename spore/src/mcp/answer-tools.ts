/** Tools about answers: what one rests on, and whether a receipt holds. */
import { dissentSchema, hypothesisSchema, taskStatusSchema } from "@synapse/shared/contract/status.ts";
import { type EntryId, replicaKey } from "@synapse/shared/ids.ts";
import { verifyReceipt } from "@synapse/shared/receipt.ts";
import { z } from "zod";
import { HttpError } from "../http/errors.ts";
import { lookForTask, receiptOf, taskDetail } from "../http/reading.ts";
import { verifySignature } from "../identity/signature.ts";
import { defineTool, taskIdInput } from "./tool.ts";

const voiceSchema = z.strictObject({
  spore: z.string(),
  role: z.string(),
  provider: z.string(),
  model: z.string(),
  cycle: z.int(),
  weight: z.number().describe("How much this voice counted; correlated voices share their weight"),
  evidence: z
    .int()
    .describe("Pieces of evidence the weight rests on; 0: nothing was known, all count the same"),
  independent: z.boolean().describe("Made without seeing any other contribution"),
  said: z.string(),
});

const explainAnswer = defineTool({
  name: "explain_answer",
  title: "Explain an answer",
  description:
    "What an answer rests on: who said what, how much each voice counted, how agreement grew, what was quoted, " +
    "who disagreed, and whether another spore confirmed it. Without the operator token only public tasks.",
  input: z.strictObject({ task_id: taskIdInput }),
  output: z.strictObject({
    task_id: z.string(),
    question: z.string(),
    status: taskStatusSchema,
    answer: z.string().nullable(),
    posterior: z.number().nullable().describe("Share of the weighed voices behind the answer"),
    confidence: z.number().nullable(),
    validation: z.enum(["confirmed", "disputed", "unvalidated"]).nullable(),
    note: z.string().describe("The validator's own words"),
    rule: z.string().describe("The version of the rule by which it was weighed"),
    worded_by: z.string().describe("What put the answer into words"),
    voices: z.array(voiceSchema),
    hypotheses: z.array(hypothesisSchema),
    agreement: z.array(z.number()).describe("After each cycle"),
    citations: z.array(z.looseObject({ id: z.string(), quote: z.string() })),
    dissent: z.array(dissentSchema),
    reason: z.string().nullable(),
  }),
  async run({ task_id }, { deps, authorised }) {
    const { state } = await lookForTask(deps, task_id, authorised);
    if (state.answer === null) {
      throw new HttpError("conflict", "the task has no answer yet: get_task shows how far it is");
    }
    const detail = await taskDetail(deps, task_id, authorised);
    const { synthesis, entry: answer } = state.answer;
    const { body } = synthesis.entry;
    const said = new Map<EntryId, (typeof detail.deltas)[number]>(detail.deltas.map((one) => [one.id, one]));
    return {
      task_id,
      question: detail.description,
      status: detail.status,
      answer: detail.final_answer,
      posterior: detail.posterior,
      confidence: detail.confidence,
      validation: detail.validation,
      note: answer.entry.body.note,
      rule: body.rule,
      worded_by: `${deps.nameOf(replicaKey(synthesis.entry.replica))} (${body.provider}/${body.model})`,
      voices: body.weights.flatMap(({ contribution, weight, evidence }) => {
        const delta = said.get(contribution);
        if (delta === undefined) return [];
        const { spore, role, provider, model, cycle, independent, hypothesis } = delta;
        return [
          {
            spore,
            role,
            provider,
            model,
            cycle,
            weight,
            evidence: evidence.length,
            independent,
            said: hypothesis,
          },
        ];
      }),
      hypotheses: detail.hypotheses,
      agreement: detail.agreement_history.map(({ agreement }) => agreement),
      citations: detail.citations,
      dissent: detail.dissent,
      reason: detail.reason,
    };
  },
});

const receiptReportSchema = z.strictObject({
  valid: z.boolean().describe("Every check passed"),
  checks: z.array(z.strictObject({ name: z.string(), passed: z.boolean(), detail: z.string() })),
  asserted: z.array(z.string()).describe("What the receipt says without being able to prove it"),
  answer: z
    .strictObject({
      question: z.string(),
      text: z.string(),
      posterior: z.number(),
      outcome: z.enum(["converged", "unresolved"]),
      verdict: z.enum(["confirmed", "disputed", "unvalidated"]),
      voices: z.array(z.strictObject({ spore: z.string(), model: z.string(), weight: z.number() })),
    })
    .nullable(),
});

const verifyReceiptTool = defineTool({
  name: "verify_receipt",
  title: "Verify a receipt",
  description:
    "Checks a receipt: every signature and certificate, the chain from answer to task, each quotation, and the " +
    "weighing, which is done again. Give the receipt itself (any swarm's), or the task_id of an answer of this one.",
  input: z.strictObject({
    receipt: z
      .union([z.record(z.string(), z.unknown()), z.string()])
      .optional()
      .describe("The receipt as JSON, as an object or as text"),
    task_id: taskIdInput.optional(),
  }),
  output: receiptReportSchema,
  async run({ receipt, task_id }, { deps, authorised }) {
    if ((receipt === undefined) === (task_id === undefined)) {
      throw new HttpError("invalid", "give either receipt or task_id, and not both");
    }
    const json = task_id === undefined ? parsed(receipt) : await receiptOf(deps, task_id, authorised);
    const report = await verifyReceipt(json, async (key, message, signature) =>
      verifySignature(key, message, signature),
    );
    // The report is read-only all the way down; the schema's type is not.
    return structuredClone(report) as z.input<typeof receiptReportSchema>;
  },
});

function parsed(receipt: unknown): unknown {
  if (typeof receipt !== "string") return receipt;
  try {
    return JSON.parse(receipt);
  } catch {
    throw new HttpError(
      "invalid_json",
      "receipt: this text is not JSON; send the whole file as it was written",
    );
  }
}

export const answerTools = [explainAnswer, verifyReceiptTool];
