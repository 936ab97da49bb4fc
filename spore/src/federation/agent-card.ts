/**
 * This spore as an agent: the A2A agent card (Agent2Agent protocol 1.0, section 4.4.1), signed as a JSON Web Signature
 * (section 8.4, RFC 7515) with the spore's own key. Pure but for the signature.
 *
 * The card says where and how the spore is spoken to: over MCP and as an OpenAI-compatible model. It offers none of A2A's
 * own bindings, and names its bindings by URI, as the protocol wants of others (section 5.8).
 *
 * 1. Members that hold their type's default are left out, unless required or `optional` in the protocol's definition:
 *    both ends canonicalise (RFC 8785) what is left, without `signatures`.
 * 2. No `securitySchemes`: the protocol's own JavaScript library loses them when it reads a card, and then no signature
 *    fits. That asking needs the operator's token is said in words.
 * 3. The key is found at `jku`, and its id is the key itself, so it can be compared with the peer card.
 */
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import type { KeyPair } from "../identity/keypair.ts";

export interface AgentCardFacts {
  /** Where the spore is reached, without a slash at the end. */
  readonly base: string;
  readonly certificate: Certificate;
  readonly role: string;
  readonly version: string;
  readonly dna: string;
  /** Page about the project. */
  readonly documentation: string;
}

/** The version of A2A whose card this is. */
const A2A_VERSION = "1.0";
const MCP_BINDING = "https://modelcontextprotocol.io/specification";
const CHAT_BINDING = "https://platform.openai.com/docs/api-reference/chat";

function agentCard(facts: AgentCardFacts) {
  const { base, certificate, role, version, dna, documentation } = facts;
  return {
    name: `Synapse ${certificate.name}`,
    description:
      `A spore of a federated reasoning swarm, in the role of ${role}. Several spores think about a question by ` +
      "themselves, debate, and answer with a receipt of all inputs; what is known is a signed shared memory.",
    supportedInterfaces: [
      { url: `${base}/mcp`, protocolBinding: MCP_BINDING, protocolVersion: A2A_VERSION },
      { url: `${base}/v1`, protocolBinding: CHAT_BINDING, protocolVersion: A2A_VERSION },
    ],
    provider: { organization: `Operator ${certificate.operator}`, url: base },
    version,
    documentationUrl: documentation,
    capabilities: {
      streaming: false,
      pushNotifications: false,
      extensions: [
        {
          uri: `${documentation}/blob/main/docs/federation.md`,
          description: "Who signs what this spore says, and which protocol it speaks",
          params: { spore: certificate.spore, operator: certificate.operator, dna },
        },
      ],
    },
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain", "application/json"],
    skills: [
      {
        id: "submit_task",
        name: "Ask the swarm",
        description:
          "Several spores reason about a question and answer it, with confidence, dissent and a receipt. Needs the token.",
        tags: ["reasoning", "question-answering", "debate"],
        examples: ["What do we know about the red lantern of Brask, and how sure are we?"],
      },
      {
        id: "query_memory",
        name: "Recall",
        description:
          "Finds what the swarm remembers about something. Without the token, public entries only.",
        tags: ["memory", "search", "retrieval"],
      },
      {
        id: "verify_receipt",
        name: "Verify a receipt",
        description: "Recomputes an answer from the signed inputs in its receipt.",
        tags: ["verification", "provenance"],
      },
    ],
  };
}

/** The card with its signature, as it stands at `/.well-known/agent-card.json`. */
export function signedAgentCard(facts: AgentCardFacts, key: KeyPair) {
  const card = agentCard(facts);
  const header = {
    alg: "EdDSA",
    jku: `${facts.base}/.well-known/jwks.json`,
    kid: key.publicKey,
    typ: "JOSE",
  };
  const encode = (text: string) => Buffer.from(text).toString("base64url");
  const protectedHeader = encode(canonicalJson(header));
  const signature = key.sign(Buffer.from(`${protectedHeader}.${encode(canonicalJson(card))}`));
  return { ...card, signatures: [{ protected: protectedHeader, signature }] };
}

/** RFC 8037: the spore's public key as a JSON Web Key set, at `/.well-known/jwks.json`. */
export function keySet(publicKey: string) {
  return { keys: [{ kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig", kid: publicKey, x: publicKey }] };
}
