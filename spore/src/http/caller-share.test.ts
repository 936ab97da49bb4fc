import { expect, test } from "bun:test";
import { callerShare } from "./caller-share.ts";

test.each([
  ["203.0.113.7", null, "203.0.113.7"],
  ["::ffff:203.0.113.7", null, "203.0.113.7"],
  ["2001:db8:1:2:aaaa::1", null, "2001:db8:1:2::/64"],
  ["2001:db8:1:2:bbbb::9", null, "2001:db8:1:2::/64"],
  // The caller's own word is not read.
  ["203.0.113.7", "198.51.100.1", "203.0.113.7"],
  // A proxy wrote the last one; what stands before it came with the request.
  ["10.1.2.3", "1.1.1.1, 198.51.100.1", "198.51.100.1"],
  ["::1", "2001:db8:5:6::7", "2001:db8:5:6::/64"],
  ["100.64.0.9", "198.51.100.1", "198.51.100.1"],
  // Two proxies: each writes who called it. Some write a port.
  ["10.1.2.3", "1.1.1.1, 198.51.100.1, 10.0.0.9", "198.51.100.1"],
  ["10.1.2.3", "198.51.100.1:4711", "198.51.100.1"],
  ["10.1.2.3", "[2001:db8:5:6::7]:4711, 10.0.0.9", "2001:db8:5:6::/64"],
  ["10.1.2.3", "[2001:db8:5:6::7]", "2001:db8:5:6::/64"],
  ["10.1.2.3", "10.9.9.9", "10.9.9.9"],
  ["127.0.0.1", null, "127.0.0.1"],
  ["::1", null, "::1"],
  ["127.0.0.1", "unknown", "127.0.0.1"],
  [null, "198.51.100.1", ""],
  ["no address", null, ""],
])("%p forwarded for %p is %p", (peer, forwardedFor, share) => {
  expect(callerShare(peer, forwardedFor)).toBe(share);
});
