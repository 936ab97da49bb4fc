/** Which URLs and addresses count as one network. */
import { expect, test } from "bun:test";
import { networkOf } from "./peer-network.ts";

test.each([
  ["https://a.hosting.example", "https://b.hosting.example:8443", true],
  ["https://a.example", "https://b.example", false],
  ["http://10.1.2.3:7860", "http://10.1.200.3", true],
  ["http://10.1.2.3", "http://10.2.2.3", false],
  ["http://[::ffff:10.1.2.3]", "http://10.1.9.9", true],
  ["https://[2001:4860:1::1]", "https://[2001:4860:2::1]", true],
  ["https://[2001:4860::1]", "https://[2001:4861::1]", false],
  // Addresses by themselves, of which some look like a URL.
  ["10.1.2.3", "http://10.1.200.3", true],
  ["fd12:3456:1::1", "http://[fd12:3456:2::1]", true],
  ["fd12:3456::1", "fd12:3457::1", false],
  ["fe80::1", "fd12:3457::1", false],
  ["http://localhost:1", "http://localhost:2", true],
])("%s and %s: %p", (one, other, same) => {
  expect(networkOf(one) === networkOf(other)).toBe(same);
});
