/**
 * The address of an OpenAI-compatible server, however it was typed.
 *
 * `http://localhost:11434`, `…:11434/v1/` and `…/v1/chat/completions` all mean `http://localhost:11434/v1`. A path of
 * its own (`https://host/api/paas/v4`, `https://host/api`) is kept: whoever typed it knows the server.
 */
import { err, ok, type Result } from "@synapse/shared/result.ts";

export function normaliseBaseUrl(text: string): Result<string, string> {
  const trimmed = text.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`);
  if (url === null) return err("it is not a URL");
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return err("it must start with http:// or https://");
  if (url.username !== "" || url.password !== "")
    return err("put the key into LLM_API_KEY, not into the URL");
  const path = url.pathname.replace(/\/+$/, "").replace(/\/(chat\/completions|completions|models)$/, "");
  return ok(`${url.origin}${path === "" ? "/v1" : path}`);
}
