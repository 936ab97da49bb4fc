/** Hexadecimal digits as a number, without a string in between: each insert into an index reads three of them. */

/** The digits from `from` to `to` (exclusive, at most 8 of them) as 32 bits with a sign. */
export function hexNumber(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    // "0" to "9" are 0x30 to 0x39, "a" to "f" 0x61 to 0x66: the letters have the bit of 0x40, and stand for 9 more.
    value = (value << 4) | ((code & 0xf) + (code >>> 6) * 9);
  }
  return value;
}
