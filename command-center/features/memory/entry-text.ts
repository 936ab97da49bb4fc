/** The part of an entry's body that people read. Bodies differ by kind and version; the first that is there is it. */

const TEXT_MEMBERS = ["content", "description", "text", "hypothesis", "note", "reason", "observation"];

export function textOf(body: Readonly<Record<string, unknown>>): string | null {
  for (const name of TEXT_MEMBERS) {
    const value = body[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** The key is the first part of a replica id. */
export function authorOf({ replica }: { readonly replica: string }): string {
  return replica.split(".")[0] ?? replica;
}
