/** Names of Spaces, by the Hub's own rules. Pure. */

/** `<prefix>-000`, `<prefix>-001`, … */
export function spaceName(prefix: string, index: number): string {
  return `${prefix}-${String(index).padStart(3, "0")}`;
}

/** The number in a name made by `spaceName`, or null for any other. */
export function spaceIndex(prefix: string, name: string): number | null {
  const digits = name.startsWith(`${prefix}-`) ? name.slice(prefix.length + 1) : "";
  return /^\d{3,}$/.test(digits) && spaceName(prefix, Number(digits)) === name ? Number(digits) : null;
}

const NAME_CHARS_MAX = 96;
/** A spore carries the name of its Space, and has at most 63 characters of a-z 0-9 . _ - */
const SPORE_NAME = /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/;

/** What is wrong with a repository name, with one that would do; null where nothing is. */
export function repoNameProblem(name: string): string | null {
  const fine =
    /^[\w][\w.-]*[\w]$|^\w$/.test(name) &&
    !/--|\.\./.test(name) &&
    !/\.(git|ipynb)$/.test(name) &&
    name.length <= NAME_CHARS_MAX;
  if (fine) return null;
  return `"${name}" is no name for a repository on the Hub (letters, digits, - _ . inside, at most ${NAME_CHARS_MAX} characters); "${normalisedName(name)}" would do`;
}

/** What is wrong with the prefix of spores' Spaces, which name the spores too. */
export function prefixProblem(prefix: string): string | null {
  const problem = repoNameProblem(prefix);
  if (problem !== null) return problem;
  if (SPORE_NAME.test(`${prefix}-000`)) return null;
  return `--prefix ${prefix}: spores are named after their Spaces, in small letters and at most 63 characters; "${normalisedName(prefix).slice(0, 50)}" would do`;
}

function normalisedName(name: string): string {
  const plain = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/-{2,}/g, "-")
    .replace(/\.{2,}/g, ".")
    .slice(0, NAME_CHARS_MAX)
    .replace(/(\.(git|ipynb))+$/, "")
    .replace(/^[._-]+|[._-]+$/g, "");
  return plain === "" ? "synapse-spore" : plain;
}

/**
 * The address a Space will probably get; the Hub itself tells the real one once the Space exists (long names are cut
 * there, for example).
 */
export function expectedHost(id: string, sdk: "docker" | "static"): string {
  const subdomain = id
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `https://${subdomain}${sdk === "static" ? ".static" : ""}.hf.space`;
}
