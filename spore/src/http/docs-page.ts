/**
 * `/docs`: the interface for people, drawn from `/openapi.json` in the reader's browser.
 *
 * A page of its own instead of one of the usual viewers, because those load their code from a CDN: a spore makes no
 * request that its operator did not ask for, and neither do its pages.
 */

const SCRIPT = `
const list = document.getElementById("routes");
const text = (tag, content, className) => {
  const node = document.createElement(tag);
  node.textContent = content;
  if (className) node.className = className;
  return node;
};
fetch("/openapi.json").then((reply) => reply.json()).then((spec) => {
  document.getElementById("title").textContent = spec.info.title + " " + spec.info.version;
  for (const [path, methods] of Object.entries(spec.paths).sort()) {
    for (const [method, operation] of Object.entries(methods)) {
      const item = document.createElement("details");
      const head = document.createElement("summary");
      head.append(text("b", method.toUpperCase(), method), text("code", path), text("span", operation.summary || ""));
      item.append(head);
      if (operation.description) item.append(text("p", operation.description));
      for (const [name, part] of [["parameters", operation.parameters], ["request", operation.requestBody], ["replies", operation.responses]]) {
        if (part) item.append(text("h4", name), text("pre", JSON.stringify(part, null, 2)));
      }
      list.append(item);
    }
  }
}).catch((cause) => list.append(text("p", "The description could not be read: " + cause)));
`;

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
details { border-top: 1px solid color-mix(in srgb, currentColor 15%, transparent); padding: .5rem 0; }
summary { cursor: pointer; display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap; }
summary b { font: 600 .8rem ui-monospace, monospace; min-width: 3rem; }
pre { overflow: auto; max-height: 24rem; padding: .75rem; border-radius: .5rem; background: color-mix(in srgb, currentColor 6%, transparent); }
h4 { margin: .75rem 0 .25rem; font-weight: 600; }
`;

export function docsPage(): Response {
  const hash = (source: string) =>
    `'sha256-${new Bun.CryptoHasher("sha256").update(source).digest("base64")}'`;
  const policy = `default-src 'none'; connect-src 'self'; script-src ${hash(SCRIPT)}; style-src ${hash(STYLE)}; base-uri 'none'; form-action 'none'`;
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Synapse spore</title><style>${STYLE}</style></head>
<body><h1 id="title">Synapse spore</h1><p>Everything this spore answers, from <a href="/openapi.json">/openapi.json</a>. Writes, and
reads of cluster or private entries, need <code>Authorization: Bearer &lt;operator token&gt;</code>.</p><div id="routes"></div>
<script>${SCRIPT}</script></body></html>`;
  return new Response(html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "x-content-type-options": "nosniff",
    },
  });
}
