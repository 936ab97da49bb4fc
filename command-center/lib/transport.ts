/** The one place where a request leaves the page for a spore; the spores of the demo are answered inside the page. */
import { isDemoUrl } from "@/demo/demo-state.ts";

export async function callSpore(url: string, init: RequestInit): Promise<Response> {
  if (!isDemoUrl(url)) return await fetch(url, init);
  const { demoFetch } = await import("@/demo/demo-fetch.ts");
  return await demoFetch(url, init);
}
