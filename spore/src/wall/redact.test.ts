/** What the wall finds, and what it must leave alone. Both kinds of error are counted; keys are put together at run time. */
import { describe, expect, test } from "bun:test";
import { findSensitive, redact } from "./redact.ts";

const random = (length: number, alphabet = "a7Bq9ZxK2mPw4RtY6uVc8NdE3sFg5HjL") =>
  Array.from({ length }, (_, i) => alphabet[(i * 7 + 3) % alphabet.length]).join("");

const SECRETS: Record<string, string> = {
  "OpenAI key": `sk-${random(40)}`,
  "OpenAI project key": `sk-proj-${random(60)}`,
  "Anthropic key": `sk-ant-api03-${random(60)}`,
  "OpenRouter key": `sk-or-v1-${random(64, "0123456789abcdef")}`,
  "Hugging Face token": `hf_${random(34)}`,
  "GitHub token": `ghp_${random(36)}`,
  "GitHub fine-grained token": `github_pat_${random(40)}`,
  "GitLab token": `glpat-${random(20)}`,
  "xAI key": `xai-${random(60)}`,
  "Groq key": `gsk_${random(50)}`,
  "Cerebras key": `csk-${random(40)}`,
  "Google key": `AIza${random(35)}`,
  "AWS access key": `AKIA${"IOSFODNN7EXAMPLE".slice(0, 16)}`,
  "Slack token": `xoxb-${random(24)}`,
  "JSON web token": `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${random(43)}`,
  "bearer token": `Bearer ${random(40)}`,
  password: "password: correct-horse-9",
  "password in a URL": "postgres://app:s3cretpw@",
  "card number": "4111 1111 1111 1111",
  "private key": "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----",
};

const PERSONAL: Record<string, string> = {
  "e-mail": "write to anna.schmidt+notes@mail.example.org",
  "international phone": "call +49 30 1234 5678",
  "US phone": "call (415) 555-0132 99",
  IPv4: "host 192.168.17.4 answered",
  IPv6: "host 2001:db8:85a3:0:0:8a2e:370:7334 answered",
  "Linux home": "see /home/anna/notes.txt",
  "macOS home": "see /Users/anna/notes.txt",
  "Windows home": "see C:\\Users\\anna\\notes.txt",
};

const HARMLESS = [
  "a risk-averse investor prefers bonds",
  "task-orchestration across several machines",
  "operator precedence decides which comes first",
  "the users of the library asked for more chairs",
  "In 2026-11-22 the version was 1.4.30 and later 16.4.6.",
  "She was born in 1987 and moved in 2004 to Leeds.",
  "The matrix has 1024 x 2048 entries, 3.14159 on average.",
  "the quick-brown-fox-jumps-over-the-lazy-dog-and-runs-away-happily",
  "api keys are secret; a password must be long",
  "the secret of good bread: time",
  "ISBN 978-3-16-148410-0",
  "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
  "Order 12345678 shipped",
  "ratio 16:9 and time 12:30:45",
  "https://example.org/a/very/long/path/with/many/words/in/it/index.html",
  "Supercalifragilisticexpialidocious and Llanfairpwllgwyngyllgogerychwyrndrobwll",
];

describe("findSensitive", () => {
  for (const [name, text] of Object.entries(SECRETS)) {
    test(`finds a secret: ${name}`, () => {
      const found = findSensitive(`before ${text} after`);
      expect(found.map((one) => one.class)).toContain("secret");
      expect(redact(`before ${text} after`)).not.toContain(text.slice(-12));
      expect(redact(`before ${text} after`)).toMatch(/^before .* after$/s);
    });
  }
  for (const [name, text] of Object.entries(PERSONAL)) {
    test(`finds personal data: ${name}`, () => {
      expect(findSensitive(text).map((one) => one.class)).toContain("personal");
    });
  }
  for (const text of HARMLESS) {
    test(`leaves alone: ${text.slice(0, 50)}`, () => expect(findSensitive(text)).toEqual([]));
  }
  test("stays quick on text made to be slow", () => {
    const started = performance.now();
    for (const text of [
      "a@".repeat(4_000),
      "1 ".repeat(4_000),
      "sk-".repeat(2_600),
      "eyJ".repeat(2_600),
      ":".repeat(8_000),
    ])
      findSensitive(text);
    // A backtracking pattern would take minutes; this only tells minutes from milliseconds.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
