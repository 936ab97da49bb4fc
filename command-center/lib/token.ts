/**
 * The operator token in this tab.
 *
 * It arrives once in the URL fragment (`#token=…`, which no server ever sees) or is typed by the commander, and lives
 * in session storage: closing the tab forgets it. The boot script (boot-script.ts) takes it out of the address bar
 * before anything else runs, so that neither history nor the router keeps it.
 */
const TOKEN_KEY = "synapse.token";

const listeners = new Set<() => void>();

export function readToken(): string | null {
  return window.sessionStorage.getItem(TOKEN_KEY);
}

export function saveToken(token: string | null): void {
  if (token === null || token.trim() === "") window.sessionStorage.removeItem(TOKEN_KEY);
  else window.sessionStorage.setItem(TOKEN_KEY, token.trim());
  for (const listener of listeners) listener();
}

export function subscribeToken(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
