import { expect, test } from "bun:test";
import { isLoopbackHost, isLoopbackUrl } from "./loopback.ts";

test("only this machine's own names are loopback", () => {
  for (const host of ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"])
    expect(isLoopbackHost(host)).toBe(true);
  for (const host of ["0.0.0.0", "127.0.0.1.evil.example", "localhost.evil.example", "128.0.0.1"])
    expect(isLoopbackHost(host)).toBe(false);
  for (const url of ["http://localhost:3000/", "https://[::1]:1", "http://127.1:80"])
    expect(isLoopbackUrl(url)).toBe(true);
  for (const url of ["http://localhost.evil.example", "localhost", "http://evil.example/127.0.0.1"])
    expect(isLoopbackUrl(url)).toBe(false);
});
