/**
 * Precision and recall of redaction, counted over a corpus that is put together at run time from a printed seed: every
 * documented form of key, in several sentences each, personal data of many shapes, and harmless text that looks like it.
 */
import { describe, expect, test } from "bun:test";
import { findSensitive } from "./redact.ts";

const SEED = 20_261_126;
const VARIANTS = 12;
/** Thresholds, written before the run: what is missed leaks, what is wrongly found makes good text unshareable. */
const SECRET_RECALL = 0.99;
const PERSONAL_RECALL = 0.97;
const PRECISION = 0.98;

function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
const random = randomOf(SEED);
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
const chars = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
const HEX = "0123456789abcdef";
const B62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const B64URL = `${B62}-_`;
const digits = (length: number) => chars("0123456789", length);
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

function card(prefix: string, length: number): string {
  const body = prefix + digits(length - prefix.length - 1);
  let sum = 0;
  for (let at = 0; at < body.length; at++) {
    const digit = Number(body[body.length - 1 - at]);
    const doubled = at % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return body + String((10 - (sum % 10)) % 10);
}

function iban(country: string, body: string): string {
  const numeric = [...`${body}${country}00`].map((one) => Number.parseInt(one, 36)).join("");
  let rest = 0;
  for (const digit of numeric) rest = (rest * 10 + Number(digit)) % 97;
  return `${country}${String(98 - rest).padStart(2, "0")}${body}`;
}

const SECRETS: Readonly<Record<string, () => string>> = {
  openai: () => `sk-${chars(B62, 48)}`,
  "openai project": () => `sk-proj-${chars(B64URL, 120)}`,
  anthropic: () => `sk-ant-api03-${chars(B64URL, 93)}AA`,
  openrouter: () => `sk-or-v1-${chars(HEX, 64)}`,
  deepseek: () => `sk-${chars(HEX, 32)}`,
  xai: () => `xai-${chars(B62, 80)}`,
  "llm api": () => `llmapi_${chars(B62, 48)}`,
  "z.ai": () => `${chars(HEX, 32)}.${chars(B62, 16)}`,
  "google ai": () => `AIza${chars(B64URL, 35)}`,
  groq: () => `gsk_${chars(B62, 52)}`,
  cerebras: () => `csk-${chars("abcdefghijklmnopqrstuvwxyz0123456789", 48)}`,
  mistral: () => chars(B62, 32),
  "hugging face": () => `hf_${chars(B62, 34)}`,
  github: () => `ghp_${chars(B62, 36)}`,
  "github fine-grained": () => `github_pat_${chars(B62, 22)}_${chars(B62, 59)}`,
  gitlab: () => `glpat-${chars(B64URL, 20)}`,
  npm: () => `npm_${chars(B62, 36)}`,
  pypi: () => `pypi-AgEIcHlwaS5vcmc${chars(B64URL, 80)}`,
  docker: () => `dckr_pat_${chars(B64URL, 27)}`,
  perplexity: () => `pplx-${chars(B62, 48)}`,
  nvidia: () => `nvapi-${chars(B64URL, 64)}`,
  replicate: () => `r8_${chars(B62, 37)}`,
  aws: () => `AKIA${chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)}`,
  "aws secret": () => chars(`${B62}+/`, 40),
  slack: () => `xoxb-${digits(12)}-${digits(12)}-${chars(B62, 24)}`,
  discord: () => `${chars(B62, 24)}.${chars(B64URL, 6)}.${chars(B64URL, 38)}`,
  telegram: () => `${digits(10)}:${chars(B64URL, 35)}`,
  stripe: () => `sk_live_${chars(B62, 24)}`,
  sendgrid: () => `SG.${chars(B64URL, 22)}.${chars(B64URL, 43)}`,
  supabase: () => `sbp_${chars(HEX, 40)}`,
  langsmith: () => `lsv2_pt_${chars(HEX, 32)}_${chars(HEX, 10)}`,
  mailgun: () => `key-${chars(HEX, 32)}`,
  postman: () => `PMAK-${chars(HEX, 24)}-${chars(HEX, 34)}`,
  twilio: () => `SK${chars(HEX, 32)}`,
  elevenlabs: () => `sk_${chars(HEX, 48)}`,
  "short for password": () => `pwd: ${chars(B62, 12)}`,
  "password in a sentence": () => `The password is ${chars(B62, 8)}${digits(2)}x`,
  databricks: () => `dapi${chars(HEX, 32)}`,
  vault: () => `hvs.${chars(B64URL, 90)}`,
  jwt: () =>
    `${base64({ alg: "HS256", typ: "JWT" })}.${base64({ sub: digits(10), iat: 1_700_000_000 })}.${chars(B64URL, 43)}`,
  bearer: () => `Authorization: Bearer ${chars(B64URL, 43)}`,
  password: () => `password=${chars(B62, 12)}`,
  "environment line": () => `DB_PASSWORD="${chars(B62, 14)}"`,
  "client secret": () => `client_secret: ${chars(B64URL, 28)}`,
  "database URL": () => `postgres://app:${chars(B62, 16)}@db.example.org:5432/main`,
  "signed URL": () => `https://files.example.org/a.pdf?signature=${chars(HEX, 40)}`,
  visa: () => card("4", 16).replaceAll(/(\d{4})(?=\d)/g, "$1 "),
  mastercard: () => card("52", 16),
  amex: () => card("37", 15),
  iban: () => iban("DE", digits(18)),
  "private key": () => `-----BEGIN PRIVATE KEY-----\n${chars(`${B62}+/`, 64)}\n-----END PRIVATE KEY-----`,
  "long token": () => chars(B64URL, 43).replace(/^./, "a").replace(/.$/, "Z").replace(/.(.)$/, "7$1"),
};

const PERSONAL: Readonly<Record<string, () => string>> = {
  "e-mail": () =>
    `${pick(["anna", "j.doe", "info+x", "o_brien"])}${digits(2)}@${pick(["mail", "corp"])}.example.org`,
  "international phone": () => `+${pick(["49", "44", "1", "33"])} ${digits(3)} ${digits(7)}`,
  "national mobile": () => `01${digits(2)} ${digits(7)}`,
  "container path": () => `/workspace/${pick(["anna", "okafor"])}/plan.txt`,
  "short title": () => `${pick(["M.", "Sr.", "Sra."])} ${pick(["Dupont", "García", "Moreau Lefèvre"])}`,
  "compact phone": () => `+49${digits(10)}`,
  "US phone": () => `(${digits(3)}) ${digits(3)}-${digits(4)}`,
  "named phone": () => `phone: 0${digits(3)} ${digits(6)}`,
  IPv4: () => `${10 + Math.floor(random() * 200)}.${digits(2)}.${digits(1)}.${digits(2).replace(/^0/, "1")}`,
  "IPv6 full": () => Array.from({ length: 8 }, () => `${pick(["1", "2", "a"])}${chars(HEX, 3)}`).join(":"),
  "IPv6 short": () => `fe80::${digits(1)}${chars(HEX, 3)}:${chars(HEX, 4)}`,
  "Linux path": () => `/home/${pick(["anna", "okafor", "jdoe"])}/project/notes.txt`,
  "macOS path": () => `/Users/${pick(["anna", "okafor", "jdoe"])}/Library/keys.json`,
  "Windows path": () => `C:\\Users\\${pick(["Anna Schmidt", "jdoe"])}\\Documents\\plan.docx`,
  "network share": () => "\\\\fileserver01\\finance\\plan.xlsx",
  "server path": () => "/etc/nginx/sites-enabled/internal.conf",
  MAC: () => Array.from({ length: 6 }, () => chars(HEX, 2)).join(":"),
  "titled name": () =>
    `${pick(["Dr.", "Mrs.", "Mr", "Prof. Dr.", "Frau"])} ${pick(["Okafor", "Anna Schmidt", "O'Brien", "Müller"])}`,
};

const FRAMES = [
  (text: string) => text,
  (text: string) => `The value is ${text} as agreed.`,
  (text: string) => `note: ${text}`,
  (text: string) => `See (${text}) for the rest`,
  (text: string) => `first line\n${text}\nlast line`,
  (text: string) => `"${text}"`,
];

const HARMLESS: readonly string[] = [
  ...`a risk-averse investor prefers bonds
the task-orchestration layer runs across several machines
operator precedence decides which comes first
the users of the library asked for more chairs
administrators and operators met in the hall
api keys are secret; a password must be long
password: required
the secret of good bread: time
the token = tokenizer.encode(text) is passed on
const apiKey = process.env.API_KEY ?? null
In 2026-11-22 the version was 1.4.30 and later 16.4.6.
Version 1.2.3.4 was withdrawn after v2.0.0.1 came out.
She was born in 1987 and moved in 2004 to Leeds.
The years 1990 1995 2000 2005 were wet.
The matrix has 1024 x 2048 entries, 3.14159 on average.
the quick-brown-fox-jumps-over-the-lazy-dog-and-runs-away-happily
ISBN 978-3-16-148410-0
commit 9fceb02d0ae598e95dc970b74767f19372d61af8
sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
id 123e4567-e89b-12d3-a456-426614174000
Order 12345678 shipped on 2026-03-04 at 12:30:45
ratio 16:9, time 12:30:45, score 3:2
https://example.org/a/very/long/path/with/many/words/in/it/index.html
https://example.org/Docs/GettingStarted/Version2/InstallationGuide/Overview
Supercalifragilisticexpialidocious and Llanfairpwllgwyngyllgogerychwyrndrobwll
std::vector<int> holds numbers; use foo::bar to call it
getUserByIdFromDatabaseConnectionPoolManager is too long a name
createHttpServerWithTimeoutAndRetryPolicyVersion2 was renamed
the sk-learn library and the disk-backed cache
hf models are listed on the hub; gsk is a company
General Motors and Justice Department are institutions
Miss the bus and you walk; Mr is a title
the doctor said that the professor was late
1700000000000 milliseconds since the epoch
1000000000000000 is a large number
the card has 16 digits, four by four
4 1 1 1 is not a card
a phone call took 45 minutes and 30 seconds
the temperature rose from 12.5 to 14.75 degrees
population 8 336 817 in 2016
pages 100-120, 300-320 and 401-402
the route /api/memory/search answers in JSON
and/or, either/or, yes/no
the file index.ts imports shared/src/hash.ts
C: is a drive letter; d:e is not
the price is 1,299.00 in 2024
latitude 52.520008, longitude 13.404954
The mean of 0.1 0.2 0.3 0.4 is 0.25
base64 is an encoding of bytes as text
JWT stands for JSON web token
Bearer tokens are sent in a header
Basic research needs patience
IBAN is a standard for account numbers
the key insight is that agreement is not evidence
an authorization: see the next chapter
we use ed25519 and sha512 with x25519 and chacha20poly1305
a 4-bit quantised 70B model needs 40 GB
GPT-4o, Qwen3-235B-A22B and Llama-3.3-70B-Instruct were compared
deepseek-ai/DeepSeek-R1-Distill-Qwen-32B is a repository
the range 2001:2010 is a slice
chapter 1.2.3 of the manual
192.168 is half an address
10:20:30 and 1:2:3 are times
e.g. @types/node or @scope/package@1.2.3
the password is required; the passphrase was forgotten
John Smith Sr. He founded it. Vitamin M. The rest is plan M. It failed.
the key-value store and the key-note talk; sk_buff is a structure of the kernel
skeleton SK and battery AC; a storage/ folder, the workspace is empty
between 0100 and 0200, room 0123 4567 was free
covid19-vaccine2021-trial3-phase2-results4 was published`.split("\n"),
];

interface Counted {
  readonly text: string;
  readonly name: string;
}

function corpusOf(forms: Readonly<Record<string, () => string>>): Counted[] {
  return Object.entries(forms).flatMap(([name, make]) =>
    Array.from({ length: VARIANTS }, (_, at) => ({
      name,
      text: (FRAMES[at % FRAMES.length] as (text: string) => string)(make()),
    })),
  );
}

const missedOf = (corpus: readonly Counted[], wanted: "secret" | "personal"): Counted[] =>
  corpus.filter(({ text }) => !findSensitive(text).some((one) => one.class === wanted));

describe(`over the corpus (seed ${SEED})`, () => {
  const secrets = corpusOf(SECRETS);
  const personal = corpusOf(PERSONAL);

  test(`at least ${SECRET_RECALL} of ${secrets.length} secrets are found`, () => {
    const missed = missedOf(secrets, "secret");
    const recall = 1 - missed.length / secrets.length;
    console.log(
      `secrets: recall ${recall.toFixed(4)} of ${secrets.length}`,
      missed.map(({ name }) => name).join(", "),
    );
    expect(recall).toBeGreaterThanOrEqual(SECRET_RECALL);
  });

  test(`at least ${PERSONAL_RECALL} of ${personal.length} personal data are found`, () => {
    const missed = missedOf(personal, "personal");
    const recall = 1 - missed.length / personal.length;
    console.log(
      `personal data: recall ${recall.toFixed(4)} of ${personal.length}`,
      missed.map(({ text }) => text).join(" | "),
    );
    expect(recall).toBeGreaterThanOrEqual(PERSONAL_RECALL);
  });

  test(`of all that is found at least ${PRECISION} is there`, () => {
    const wrong = HARMLESS.filter((text) => findSensitive(text).length > 0);
    const found = secrets.length + personal.length;
    const precision = found / (found + wrong.length);
    console.log(
      `precision ${precision.toFixed(4)}; wrongly found in ${wrong.length} of ${HARMLESS.length}:`,
      wrong.join(" | "),
    );
    expect(precision).toBeGreaterThanOrEqual(PRECISION);
    expect(wrong.length / HARMLESS.length).toBeLessThanOrEqual(0.02);
  });
});
