/** For words that come from elsewhere: a server may repeat in its excuse what it was sent. */

/** The text without the secrets, as they are and as they stand in addresses and in JSON. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  let safe = text;
  for (const secret of secrets)
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
      if (form !== "") safe = safe.replaceAll(form, "…");
  return safe;
}
