/**
 * The forms of what must not be published: keys and tokens as their providers document them, and personal data.
 *
 * Patterns are anchored on a prefix, a check digit or a structure wherever the form has one; what has none (a bare random
 * string) is told from words and identifiers by how it is mixed. Each pattern is linear in the text: no nested
 * repetition, so no text can be made to take long.
 */
import { isIP } from "node:net";

export interface Pattern {
  /** `secret`: refused even where its sender consents; `personal`: removed when text is distilled. */
  readonly class: "secret" | "personal";
  /** What it is, in words a person understands. */
  readonly name: string;
  readonly expression: RegExp;
  /** A second look where the form alone says too little. */
  readonly confirm?: (match: string) => boolean;
  /** Not looked for in URLs: pictures and documents on the web are named by random strings that open nothing. */
  readonly outsideUrls?: boolean;
}

const secret = (name: string, expression: RegExp, confirm?: Pattern["confirm"]): Pattern => ({
  class: "secret",
  name,
  expression,
  ...(confirm ? { confirm } : {}),
});
const personal = (name: string, expression: RegExp, confirm?: Pattern["confirm"]): Pattern => ({
  class: "personal",
  name,
  expression,
  ...(confirm ? { confirm } : {}),
});

const SECRETS: readonly Pattern[] = [
  secret(
    "private key",
    /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----|$)/g,
  ),
  secret("API key (sk-…)", /\bsk-[A-Za-z0-9_-]{16,}/g, looksRandom),
  secret("Hugging Face token", /\b(?:hf|api_org)_[A-Za-z0-9]{20,}/g),
  secret("GitHub token", /\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g),
  secret("GitLab token", /\bgl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas)-[A-Za-z0-9_-]{16,}/g),
  secret("npm token", /\bnpm_[A-Za-z0-9]{30,}/g),
  secret("PyPI token", /\bpypi-[A-Za-z0-9_-]{50,}/g),
  secret("Docker token", /\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}/g),
  secret("xAI key", /\bxai-[A-Za-z0-9]{20,}/g),
  secret("Groq key", /\bgsk_[A-Za-z0-9]{20,}/g),
  secret("Cerebras key", /\bcsk-[A-Za-z0-9]{20,}/g),
  secret("Z.ai key", /\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b/g),
  secret("Perplexity key", /\bpplx-[A-Za-z0-9]{30,}/g),
  secret("NVIDIA key", /\bnvapi-[A-Za-z0-9_-]{40,}/g),
  secret("Replicate token", /\br8_[A-Za-z0-9]{30,}/g),
  secret("Fireworks key", /\bfw_[A-Za-z0-9]{20,}/g),
  secret("Together key", /\btgp_v1_[A-Za-z0-9_-]{20,}/g),
  secret("Google API key", /\bAIza[A-Za-z0-9_-]{30,}/g),
  secret("Google OAuth secret", /\b(?:GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{20,})/g),
  secret("AWS access key", /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/g),
  secret("Slack token", /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}/g),
  secret("Slack webhook", /\bhooks\.slack\.com\/services\/[A-Za-z0-9/]{20,}/g),
  secret("Discord token", /\b[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}\b/g),
  secret("Telegram bot token", /\b\d{8,10}:[A-Za-z0-9_-]{35}\b/g),
  secret("Stripe key", /\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}/g),
  secret("SendGrid key", /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/g),
  secret("Vercel token", /\bvc[apkrit]_[A-Za-z0-9]{20,}/g),
  secret("DigitalOcean token", /\bdo[oprt]_v1_[0-9a-f]{40,}/g),
  secret("Shopify token", /\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{20,}/g),
  secret("Notion token", /\b(?:ntn_[A-Za-z0-9]{30,}|secret_[A-Za-z0-9]{40,})/g),
  secret("Linear key", /\blin_(?:api|oauth)_[A-Za-z0-9]{30,}/g),
  secret("Databricks token", /\bdapi[0-9a-f]{32}\b/g),
  secret("Vault token", /\bhv[sbr]\.[A-Za-z0-9_-]{20,}/g),
  secret("Supabase token", /\bsbp_[0-9a-f]{32,}/g),
  secret("LangSmith key", /\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}\b/g),
  secret("Mailgun key", /\bkey-[0-9a-f]{32}\b/g),
  secret("Postman key", /\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b/g),
  secret("Twilio key", /\b(?:SK|AC)[0-9a-f]{32}\b/g),
  secret("key (sk_…)", /\bsk_[A-Za-z0-9_-]{24,}/g, looksRandom),
  secret("age key", /\bAGE-SECRET-KEY-1[A-Z0-9]{50,}/g),
  secret("JSON web token", /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g),
  secret("bearer token", /\bBearer\s+[A-Za-z0-9._~+/-]{16,}=*/g, looksRandom),
  secret("basic credentials", /\bBasic\s+[A-Za-z0-9+/]{16,}={0,2}/g, looksRandom),
  secret(
    "password or key in an assignment",
    /(?<![A-Za-z])(?:pass(?:word|wd|phrase)|pwd|secret(?:[_-]?key)?|client[_-]?secret|api[_-]?key|private[_-]?key|account[_-]?key|access[_-]?key|(?:access|auth|api|bot|refresh)[_-]?token)["']?\s{0,4}[:=]\s{0,4}["']?[^\s"',;]{8,}/gi,
    isAssignedSecret,
  ),
  secret(
    "password in a sentence",
    /\b(?:password|passphrase|passwort|pwd)\s(?:is|was|ist|lautet)\s["'“„]?[^\s"'”;]{8,}/gi,
    (text) => looksRandom(text.split(/\s/).at(-1) ?? ""),
  ),
  secret("token in a URL", /[?&](?:token|access_token|api_?key|key|sig|signature|auth)=[^&\s#"']{12,}/gi),
  secret("password in a URL", /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,200}:[^\s/@]{1,200}@/gi),
  secret("card number", /(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d.-])/g, isCardNumber),
  secret("bank account (IBAN)", /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g, isIban),
  {
    ...secret("long random string", /(?<![A-Za-z0-9])[A-Za-z0-9+/_-]{40,}={0,2}/g, looksLikeLongKey),
    outsideUrls: true,
  },
  {
    ...secret("long random string", /(?<![A-Za-z0-9])[A-Za-z0-9]{24,}(?![A-Za-z0-9])/g, looksLikeKey),
    outsideUrls: true,
  },
];

const TITLE =
  "(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Professor|Doctor|Herrn?|Frau|Monsieur|Madame|Mme|Mlle|Señor|Señora|Señorita|Signor|Signora|Sra)";
/** Titles that also end a word or a name: "vitamin M. The", "Smith Sr. He". */
const SHORT_TITLE = "(?:Sr|M)";
const NO_NAME =
  "(?!(?:He|She|It|They|We|You|I|The|A|An|This|That|These|In|On|At|And|But|Or|If|When|His|Her|Its|Their)(?!\\p{L}))";
const NAME = String.raw`\p{Lu}[\p{L}'’-]*\p{L}`;
const PARTICLE = "(?:van|von|de|der|den|del|la|le|di|da|bin|al|el|zu)";
const SEGMENT = String.raw`[^\\/:*?"<>|\r\n]{1,100}`;

const PERSONAL: readonly Pattern[] = [
  personal(
    "e-mail address",
    /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){0,5}\.\p{L}{2,24}(?![\p{L}\p{N}])/gu,
  ),
  personal("phone number", /(?<![\w.-])\+\d{1,3}[ .()/-]{0,2}\d(?:[ .()/-]{0,2}\d){6,12}(?![\w-])/g),
  personal("phone number", /(?<![\w.-])\(\d{3}\)[ .-]?\d{3}[ .-]\d{4}(?![\w-])/g),
  personal("phone number", /(?<![\w.-])0\d{2,4}[ /]\d{6,8}(?![\w-])/g),
  personal(
    "phone number",
    /\b(?:tel|phone|telephone|mobile|cell|fax|handy|whatsapp)\b[.:]? {0,2}(?:number |is |no\.? )?\+?\d(?:[ .()/-]{0,2}\d){5,14}/gi,
  ),
  personal(
    "phone number",
    /(?<![\w.-])(?:\(\d{2,4}\)[ .-]?)?\d{2,4}(?:[ .-]\d{2,4}){2,4}(?![\w.-])/g,
    isPhone,
  ),
  personal(
    "IPv4 address",
    /(?<![\d.]|\bv|\b[Vv]ersion )(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\d|\.\d)/g,
  ),
  personal("IPv6 address", /(?<![\w:.])[0-9a-f:]{2,39}(?:%\w{1,15})?(?![\w:])/gi, isIpv6),
  personal("MAC address", /(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])/gi),
  personal(
    "file path",
    /(?<![\w/.:])(?:~|\/(?:home|Users|root|mnt|media|srv|opt|var|etc|tmp|private|Volumes|data|workspaces?|storage))\/[^\s"'<>|*?,;)]+/g,
  ),
  personal(
    "file path",
    new RegExp(String.raw`\b[A-Za-z]:\\(?:${SEGMENT}\\){0,20}[^\\/:*?"<>|\s]{0,100}`, "g"),
  ),
  personal("file path", /(?<![\w\\])\\\\[\w.-]{1,60}\\[^\s"'<>|*?,;)]+/g),
  personal("file path", /\bfile:\/\/\/?[^\s"'<>]+/g),
  personal("social security number", /(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])/g),
  personal(
    "name of a person",
    new RegExp(
      String.raw`(?<![\p{L}\p{N}])${TITLE}\.?(?:\s(?:Dr|Prof|med|Mag)\.?){0,2}\s${NAME}(?:\s(?:${PARTICLE}\s){0,2}${NAME}){0,2}`,
      "gu",
    ),
  ),
  personal(
    "name of a person",
    new RegExp(String.raw`(?<![\p{L}\p{N}])${SHORT_TITLE}\.\s${NO_NAME}${NAME}(?:\s${NAME})?`, "gu"),
  ),
  personal(
    "name of a person",
    new RegExp(
      String.raw`(?<=\b(?:[Mm]y name is|I am called|[Ss]igned by|[Rr]egards,?) )${NAME}(?:\s${NAME}){0,2}`,
      "gu",
    ),
  ),
];

/** Where two findings overlap the earlier pattern wins: the most telling name first. */
export const PATTERNS: readonly Pattern[] = [...SECRETS, ...PERSONAL];

/** Words joined by hyphens are not keys: a key mixes digits and letters. */
function looksRandom(text: string): boolean {
  return /\d/.test(text) && /[A-Za-z]/.test(text);
}

const NO_VALUE =
  /[:=]\s*["']?(?:required|optional|incorrect|invalid|protected|forgotten|undefined|unknown|expired|rejected|accepted|something|anything|nothing|whatever|authentication|authorization|\[[^\]]*\]|<[^>]*>|\*+|x+|\$\{[^}]*\})["'.)]*$/i;
/** A form of speech is no secret, and neither is code that passes one on. */
function isAssignedSecret(text: string): boolean {
  const value = text
    .split(/[:=]\s*["']?/)
    .slice(1)
    .join("=");
  return !NO_VALUE.test(text) && !/^[A-Za-z_.]+\(/.test(value) && !/^(?:process\.)?env\b/.test(value);
}

type CharacterClass = "digit" | "upper" | "lower" | "other";
function classOf(character: string): CharacterClass {
  if (character >= "0" && character <= "9") return "digit";
  if (character >= "A" && character <= "Z") return "upper";
  return character >= "a" && character <= "z" ? "lower" : "other";
}

/** Share of neighbours of different classes: about .4 in random base 36, below .3 in words with a number at the end. */
function changeRate(text: string): number {
  let changes = 0;
  for (let at = 1; at < text.length; at++) {
    const [before, after] = [classOf(text[at - 1] ?? ""), classOf(text[at] ?? "")];
    if (before !== after && before !== "other" && after !== "other") changes++;
  }
  return changes / Math.max(1, text.length - 1);
}
const KEY_CHANGE_RATE = 0.3;
/** Share of characters in runs of three lower-case letters: a quarter in random base 62, nearly all in identifiers. */
const KEY_WORD_SHARE = 0.55;

function wordShare(text: string): number {
  return (text.match(/[a-z]{3,}/g) ?? []).join("").length / text.length;
}
/** Bits per character, Shannon: English has about 4 over 26 letters, a random key of 32 characters at least this. */
const KEY_ENTROPY_BITS = 3.6;

function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Hexadecimal digests are not secrets by themselves: ids, commits and checksums are made to be shown. */
function looksLikeKey(text: string): boolean {
  if (/^(?:[0-9a-f]+|[0-9A-F]+|\d+)$/.test(text) || !looksRandom(text)) return false;
  if (entropyOf(text) <= KEY_ENTROPY_BITS) return false;
  return /[A-Z]/.test(text) ? wordShare(text) < KEY_WORD_SHARE : changeRate(text) >= KEY_CHANGE_RATE;
}

function looksLikeLongKey(text: string): boolean {
  return /\d/.test(text) && /[A-Z]/.test(text) && /[a-z]/.test(text) && looksLikeKey(text);
}

/** Issuers by leading digits and length (ISO/IEC 7812), then Luhn's check digit. */
function isCardNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, "");
  const issued =
    /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|6\d{15}(?:\d{3})?|35\d{14})$/;
  if (!issued.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = Number(digits[digits.length - 1 - at]);
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** ISO 13616: the letters as numbers, the head moved to the end, remainder 1 modulo 97. */
function isIban(text: string): boolean {
  const compact = text.replaceAll(" ", "");
  if (compact.length < 15 || compact.length > 34) return false;
  const moved = compact.slice(4) + compact.slice(0, 4);
  let rest = 0;
  for (const character of moved) {
    for (const digit of Number.parseInt(character, 36).toString()) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}

/** Nine digits or more; not a date such as 2026-11-22, not a row of years. */
function isPhone(text: string): boolean {
  if (/^(?:(?:1[5-9]|20)\d\d[ .-]?)+$/.test(text)) return false;
  return text.replaceAll(/\D/g, "").length >= 9 && !/^\d{4}[ .-]\d{2}[ .-]\d{2}/.test(text);
}

function isIpv6(text: string): boolean {
  return /\d/.test(text) && isIP(text) === 6;
}
