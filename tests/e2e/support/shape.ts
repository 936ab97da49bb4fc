/**
 * Where two answers differ in shape: members that only one of them has, and kinds of value that do not agree. Null,
 * and a list without rows, agree with anything, because they show no shape. Pure.
 */
type Json = unknown;

/** @param maps paths whose members are names of things (spores, days), not parts of the shape. */
export function shapeDifferences(
  real: Json,
  told: Json,
  maps: readonly RegExp[] = [],
  path = "",
): readonly string[] {
  if (real === null || told === null || real === undefined || told === undefined) return [];
  const [kind, other] = [kindOf(real), kindOf(told)];
  if (kind !== other) return [`${path || "answer"}: a real spore tells ${kind}, the fixture ${other}`];
  if (kind === "list") {
    const [left, right] = [real as Json[], told as Json[]];
    if (left.length === 0 || right.length === 0) return [];
    return shapeDifferences(union(left), union(right), maps, `${path}[]`);
  }
  if (kind !== "object") return [];
  const [left, right] = [real as Record<string, Json>, told as Record<string, Json>];
  if (maps.some((map) => map.test(path))) {
    const [values, others] = [Object.values(left), Object.values(right)];
    if (values.length === 0 || others.length === 0) return [];
    return shapeDifferences(union(values), union(others), maps, `${path}.*`);
  }
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((name) => {
    const at = path === "" ? name : `${path}.${name}`;
    if (!(name in right)) return [`${at}: only a real spore tells it`];
    if (!(name in left)) return [`${at}: only the fixture tells it`];
    return shapeDifferences(left[name], right[name], maps, at);
  });
}

function kindOf(value: Json): string {
  return Array.isArray(value) ? "list" : typeof value;
}

/** One value that has everything any of them has. */
function union(values: readonly Json[]): Json {
  return values.reduce((all, one) => {
    if (all === null || all === undefined) return one;
    if (one === null || one === undefined) return all;
    if (Array.isArray(all) && Array.isArray(one)) return all.concat(one);
    if (kindOf(all) !== "object" || kindOf(one) !== "object") return all;
    const merged: Record<string, Json> = { ...(all as Record<string, Json>) };
    for (const [name, value] of Object.entries(one as Record<string, Json>))
      merged[name] = name in merged ? union([merged[name], value]) : value;
    return merged;
  });
}
