/** The pages, the keys that lead to them, and the other keys; one list for navigation, palette and the `?` page. */

export interface PageInfo {
  readonly path: string;
  readonly name: string;
  /** Pressed after `g`. */
  readonly key: string;
  /** The question the page answers. */
  readonly question: string;
}

export const PAGES: readonly PageInfo[] = [
  {
    path: "/",
    name: "Dashboard",
    key: "d",
    question: "Is it well, what is it thinking about, what changed?",
  },
  { path: "/library", name: "Library", key: "l", question: "What do we know, and from whom?" },
  { path: "/sentinel", name: "Sentinel", key: "s", question: "What was found, proposed, done?" },
  { path: "/globe", name: "Globe", key: "o", question: "Where are we?" },
  { path: "/analytics", name: "Analytics", key: "a", question: "Better or worse?" },
  { path: "/quantum", name: "Quantum", key: "q", question: "Why this answer now?" },
  { path: "/network", name: "Network", key: "n", question: "Who hears whom, who trusts whom?" },
];

export const KEYS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ["⌘", "K"], does: "Find pages, spores, tasks, memories, actions" },
  { keys: ["?"], does: "This list" },
  { keys: ["/"], does: "Search on this page, or ask" },
  { keys: ["p"], does: "Pause and go on" },
  { keys: ["t"], does: "Light or dark" },
  ...PAGES.map((page) => ({ keys: ["g", page.key], does: `Go to ${page.name}` })),
];

/** How long the second key may take after `g`. */
export const SEQUENCE_MS = 1_200;

/** True where a letter is meant as text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
