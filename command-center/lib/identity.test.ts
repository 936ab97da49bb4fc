import { expect, test } from "bun:test";
import { assignColours, IDENTITY_COLOURS } from "@/lib/identity.ts";

const keys = (count: number) => Array.from({ length: count }, (_, index) => `key ${index}`);

test("up to eight spores never share a colour; beyond, every colour is used evenly", () => {
  expect(new Set(assignColours(keys(IDENTITY_COLOURS)).values()).size).toBe(IDENTITY_COLOURS);
  const counts = new Map<number, number>();
  for (const slot of assignColours(keys(80)).values()) counts.set(slot, (counts.get(slot) ?? 0) + 1);
  expect([...counts.values()]).toEqual(Array.from({ length: IDENTITY_COLOURS }, () => 10));
});

test("strangers that are met later leave the colours of the known as they are", () => {
  const few = assignColours(keys(3));
  const many = assignColours(keys(50));
  for (const [key, slot] of few) expect(many.get(key)).toBe(slot);
});
