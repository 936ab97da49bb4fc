/** Server-side request forgery through peer URLs: no spelling of a forbidden address is admitted. */
import { describe, expect, test } from "bun:test";
import { admitPeerUrl, type PeerUrlPolicy, parseNetworks } from "./peer-url.ts";

const STRICT: PeerUrlPolicy = { allowLoopback: false, networks: [] };
const never = async () => {
  throw new Error("an address needs no resolver");
};

/** Spellings of addresses that must not be called, as they have been used in real attacks. */
const FORBIDDEN_HOSTS = [
  "127.0.0.1",
  "127.1",
  "127.255.255.254",
  "2130706433",
  "0x7f000001",
  "0x7f.1",
  "0177.0.0.1",
  "017700000001",
  "0x7f.0x0.0x0.0x1",
  "%31%32%37.0.0.1",
  "127。0。0。1",
  "①②⑦.⓪.⓪.①",
  "0.0.0.0",
  "0",
  "10.0.0.1",
  "10.255.255.255",
  "0x0a.1",
  "167772161",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.0.1",
  "192.168.1",
  "3232235777",
  "100.64.0.1",
  "100.100.100.200",
  "169.254.169.254",
  "169.254.43518",
  "2852039166",
  "0xa9fea9fe",
  "0251.0376.0251.0376",
  "168.63.129.16",
  "192.0.0.192",
  "192.0.2.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "239.255.255.250",
  "240.0.0.1",
  "255.255.255.255",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::ffff:10.0.0.1]",
  "[::ffff:169.254.169.254]",
  "[::ffff:a9fe:a9fe]",
  "[::127.0.0.1]",
  "[0:0:0:0:0:ffff:7f00:1]",
  "[64:ff9b::7f00:1]",
  "[64:ff9b::a9fe:a9fe]",
  "[2002:7f00:1::]",
  "[2002:a9fe:a9fe::]",
  "[2001:0:7f00:1::]",
  "[fe80::1]",
  "[fe80::a9fe:a9fe]",
  "[fc00::1]",
  "[fd00::1]",
  "[fd00:ec2::254]",
  "[fec0::1]",
  "[ff02::1]",
  "[2001:db8::1]",
  "[100::1]",
];

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
