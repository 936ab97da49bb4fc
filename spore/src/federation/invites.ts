/**
 * Invitations: a signed leave to join, good once and for a time, and the vouch it is exchanged for.
 *
 * The token can be checked by anyone and used only at the spore that issued it, which remembers what became of it. What
 * it buys is a vouch for the *operator* behind the spore that joined: all of that operator's spores carry it.
 *
 * 1. A token is redeemed for one operator; the same operator may show it again, and gets a vouch again.
 * 2. Used or not, a token is worth nothing after `expires_at`.
 */
import { randomBytes } from "node:crypto";
import type { Client } from "@libsql/client";
import { base64urlToBytes } from "@synapse/shared/base64url.ts";
import { canonicalJson } from "@synapse/shared/canonical-json.ts";
import type { Certificate } from "@synapse/shared/contract/certificate.ts";
import { type Invite, inviteSchema, type Vouch } from "@synapse/shared/contract/federation.ts";
import type { PublicKey } from "@synapse/shared/ids.ts";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { isCertificateSigned } from "../identity/certificate.ts";
import type { KeyPair } from "../identity/keypair.ts";
import { signValue, verifyValue } from "../identity/signature.ts";

const PREFIX = "synapse-invite-";
/** A vouch outlives its token: it holds until the operator is blocked, or for this long. */
const VOUCH_MS = 365 * 24 * 60 * 60_000;
/** Open invitations at a time; beyond it something is wrong, or somebody is. */
const OPEN_MAX = 1_000;

export interface InviteError {
  readonly kind: "invalid_invite";
  readonly message: string;
}

export interface InviteDeps {
  readonly client: Client;
  readonly key: KeyPair;
  readonly certificate: Certificate;
  readonly now: () => number;
}

export interface InviteDraft {
  readonly url: string;
  readonly for: PublicKey | null;
  readonly lifetimeMs: number;
  readonly note: string;
}

export interface IssuedInvite {
  readonly id: string;
  readonly token: string;
  readonly expiresAt: number;
}

export interface InviteRecord {
  readonly id: string;
  readonly note: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedBy: PublicKey | null;
}

export type Invites = ReturnType<typeof createInvites>;

export function createInvites({ client, key, certificate, now }: InviteDeps) {
  function vouchFor(operator: PublicKey): Vouch {
    const issuedAt = now();
    const vouch = {
      v: 1 as const,
      operator,
      by: certificate,
      issued_at: issuedAt,
      expires_at: issuedAt + VOUCH_MS,
    };
    return signValue(vouch, "vouch", key);
  }

  return {
    async issue(draft: InviteDraft): Promise<Result<IssuedInvite, InviteError>> {
      const at = now();
      const open = await client.execute({
        sql: "SELECT count(*) FROM invites WHERE used_by IS NULL AND expires_at > ?",
        args: [at],
      });
      if (Number(open.rows[0]?.[0]) >= OPEN_MAX)
        return err({ kind: "invalid_invite", message: `${OPEN_MAX} invitations are open: let some expire` });
      const id = randomBytes(16).toString("base64url");
      const expiresAt = at + draft.lifetimeMs;
      const invite = signValue(
        { v: 1 as const, id, by: certificate, url: draft.url, for: draft.for, expires_at: expiresAt },
        "invite",
        key,
      );
      await client.execute({
        sql: "INSERT INTO invites (id, note, created_at, expires_at) VALUES (?, ?, ?, ?)",
        args: [id, draft.note, at, expiresAt],
      });
      const token = PREFIX + Buffer.from(canonicalJson(invite)).toString("base64url");
      return ok({ id, token, expiresAt });
    },

    /** Newest first. The token itself is not kept. */
    async list(): Promise<InviteRecord[]> {
      const { rows } = await client.execute(
        "SELECT id, note, created_at, expires_at, used_by FROM invites ORDER BY created_at DESC LIMIT 1000",
      );
      return rows.map((row) => ({
        id: String(row.id),
        note: String(row.note),
        createdAt: Number(row.created_at),
        expiresAt: Number(row.expires_at),
        usedBy: (row.used_by as PublicKey | null) ?? null,
      }));
    },

    async redeem(token: string, operator: PublicKey): Promise<Result<Vouch, InviteError>> {
      const read = readInvite(token, now());
      if (!read.ok) return read;
      const invite = read.value;
      if (invite.by.spore !== key.publicKey)
        return refuse(`it was issued by ${invite.by.name}: join at ${invite.url}`);
      if (invite.for !== null && invite.for !== operator) return refuse("it is for another operator");
      // One statement decides, so that two who come at once cannot both be first.
      await client.execute({
        sql: "UPDATE invites SET used_by = ?, used_at = ? WHERE id = ? AND used_by IS NULL",
        args: [operator, now(), invite.id],
      });
      const { rows } = await client.execute({
        sql: "SELECT used_by FROM invites WHERE id = ?",
        args: [invite.id],
      });
      const usedBy = rows[0]?.used_by;
      if (usedBy === undefined) return refuse("this spore knows nothing of it");
      return usedBy === operator ? ok(vouchFor(operator)) : refuse("it was used already");
    },
  };
}

/** The token's content, genuine and in force. */
export function readInvite(token: string, now: number): Result<Invite, InviteError> {
  const text = token.trim();
  const bytes = text.startsWith(PREFIX) ? base64urlToBytes(text.slice(PREFIX.length)) : null;
  if (bytes === null) return refuse(`an invitation starts with ${PREFIX}`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return refuse("it is cut or altered");
  }
  const parsed = inviteSchema.safeParse(value);
  if (!parsed.success) return refuse("it has another form than this version knows");
  const invite = parsed.data;
  if (!isCertificateSigned(invite.by) || !verifyValue(invite, "invite", invite.by.spore))
    return refuse("its signature does not fit");
  if (invite.expires_at <= now) return refuse(`it expired on ${new Date(invite.expires_at).toISOString()}`);
  return ok(invite);
}

function refuse(why: string): Result<never, InviteError> {
  return err({ kind: "invalid_invite", message: `the invitation is not accepted: ${why}` });
}
