/**
 * What a client takes (RFC 9110, 12.5.1). The SDK looks for the two media types of MCP by name, so that a client which takes
 * anything, as curl does by default, would be refused: to such a one both are spelt out.
 */

const BOTH = ["application/json", "text/event-stream"] as const;

/** @returns the request, with both types named in `accept` where its own ranges cover them */
export function withNamedTypes(request: Request): Request {
  const header = request.headers.get("accept");
  if (header !== null && BOTH.every((type) => header.includes(type))) return request;
  if (!BOTH.every((type) => accepts(header ?? "*/*", type))) return request;
  const headers = new Headers(request.headers);
  headers.set("accept", BOTH.join(", "));
  return new Request(request, { headers });
}

/** The most specific range that covers the type decides; weight 0 refuses it. */
function accepts(header: string, type: string): boolean {
  const ranges = header.split(",").map((range) => {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const weight = parameters.find((one) => one.startsWith("q="))?.slice(2) ?? "1";
    return { name, isWanted: Number(weight) > 0 };
  });
  const covering = [type, `${type.split("/")[0]}/*`, "*/*"];
  const found = covering.map((name) => ranges.find((range) => range.name === name)).find((one) => one);
  return found?.isWanted === true;
}
