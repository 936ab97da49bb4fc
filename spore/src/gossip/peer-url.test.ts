/** Server-side request forgery through peer URLs: no spelling of a forbidden address is admitted. */
import { describe, expect, test } from "bun:test";
import { FORBIDDEN_HOSTS } from "../testing/forbidden-hosts.ts";
import { admitPeerUrl, type PeerUrlPolicy, parseNetworks } from "./peer-url.ts";

const STRICT: PeerUrlPolicy = { allowLoopback: false, networks: [] };
const never = async () => {
  throw new Error("an address needs no resolver");
};

describe("peer URLs", () => {
  test.each(FORBIDDEN_HOSTS)("%s is refused over https and http", async (host) => {
    for (const scheme of ["https", "http"]) {
      const result = await admitPeerUrl(`${scheme}://${host}`, STRICT, never);
      expect(result.ok).toBe(false);
    }
  });

  test.each([
    "ftp://example.org",
    "file:///etc/passwd",
    "gopher://example.org",
    "https://user@example.org",
    "https://user:secret@example.org",
    "https://example.org/path",
    "https://example.org/?q",
    "https://example.org/#f",
    "https://example.org.",
    "//example.org",
    "javascript:alert(1)",
    "",
    `https://${"a".repeat(600)}.example`,
  ])("%s is not the URL of a peer", async (url) => {
    const result = await admitPeerUrl(url, { allowLoopback: true, networks: [] }, async () => [
      "93.184.216.34",
    ]);
    expect(result).toMatchObject({ ok: false, error: { kind: "invalid_url" } });
  });

  test("a name is judged by all of its addresses, and the judged one is what is connected to", async () => {
    const admit = (addresses: string[]) =>
      admitPeerUrl("https://peer.example:8443", STRICT, async () => addresses);
    expect(await admit(["93.184.216.34"])).toEqual({
      ok: true,
      value: {
        origin: "https://peer.example:8443",
        host: "peer.example:8443",
        hostname: "peer.example",
        addressOrigin: "https://93.184.216.34:8443",
      },
    });
    expect(await admit(["2606:2800:220:1::1"])).toMatchObject({
      ok: true,
      value: { addressOrigin: "https://[2606:2800:220:1::1]:8443" },
    });
    for (const rebound of [
      "127.0.0.1",
      "10.1.2.3",
      "::ffff:127.0.0.1",
      "169.254.169.254",
      "not an address",
    ]) {
      expect((await admit(["93.184.216.34", rebound])).ok).toBe(false);
    }
    expect((await admit([])).ok).toBe(false);
  });

  test("the operator opens loopback and named networks, never link-local", async () => {
    const networks = parseNetworks("10.1.0.0/16, fd12::/16,169.254.0.0/16");
    expect(networks.ok).toBe(true);
    const policy = { allowLoopback: true, networks: networks.ok ? networks.value : [] };
    const ok = async (url: string) => (await admitPeerUrl(url, policy, never)).ok;
    expect(await ok("http://127.0.0.1:7861")).toBe(true);
    expect(await ok("http://[::1]:7861")).toBe(true);
    expect(await ok("http://10.1.2.3")).toBe(true);
    expect(await ok("http://[fd12::5]")).toBe(true);
    expect(await ok("http://10.2.2.3")).toBe(false);
    expect(await ok("http://169.254.169.254")).toBe(false);
    expect(await ok("http://93.184.216.34")).toBe(false);
    expect(await ok("https://93.184.216.34")).toBe(true);
    expect(parseNetworks("10.0.0.0").ok).toBe(false);
  });
});
