/**
 * Any state a spore reports, read like a page rather than like JSON: plain values as a list of facts, rows of objects
 * as a table, objects as sections. It shows what is there and nothing else, so a part that tells more tomorrow is
 * shown in full without a new version of this page.
 */
"use client";

import { Scroller } from "@/components/ui/scroller.tsx";
import { formatCount, formatDecimal, formatMoment, GAP, toMs } from "@/lib/format.ts";

/** Rows of a table before it says "N of M". */
const ROWS_MAX = 50;
/** Deeper than this is shown as text. */
const DEPTH_MAX = 4;
const TEXT_CHARS_MAX = 600;

type Json = Readonly<Record<string, unknown>>;

export function StateView({
  value,
  depth = 0,
  omit = [],
}: {
  readonly value: Json;
  readonly depth?: number;
  readonly omit?: readonly string[];
}) {
  const members = Object.entries(value).filter(([name]) => !omit.includes(name));
  const facts = members.filter(([, member]) => isPlain(member));
  const parts = members.filter(([, member]) => !isPlain(member));
  return (
    <div className="flex flex-col gap-4">
      {facts.length === 0 ? null : (
        <dl className="grid grid-cols-[repeat(auto-fill,minmax(9rem,1fr))] gap-x-6 gap-y-2">
          {facts.map(([name, member]) => (
            <div key={name} className="min-w-0">
              <dt className="eyebrow">{humanName(name)}</dt>
              <dd className="figures truncate text-sm" title={String(member)}>
                {plainText(member)}
              </dd>
            </div>
          ))}
        </dl>
      )}
      {parts.map(([name, member]) => (
        <div key={name} className="min-w-0">
          <p className="mb-1 text-sm font-medium">{humanName(name)}</p>
          <Part value={member} depth={depth} name={humanName(name)} />
        </div>
      ))}
    </div>
  );
}

function Part({
  value,
  depth,
  name,
}: {
  readonly value: unknown;
  readonly depth: number;
  readonly name: string;
}) {
  if (Array.isArray(value)) return <List items={value} name={name} depth={depth} />;
  if (depth >= DEPTH_MAX)
    return <p className="text-soft">{JSON.stringify(value).slice(0, TEXT_CHARS_MAX)}</p>;
  return (
    <div className="border-l border-line pl-4">
      <StateView value={value as Json} depth={depth + 1} />
    </div>
  );
}

function List({
  items,
  name,
  depth,
}: {
  readonly items: readonly unknown[];
  readonly name: string;
  readonly depth: number;
}) {
  if (items.length === 0) return <p className="text-sm text-faint">None so far</p>;
  const shown = items.slice(0, ROWS_MAX);
  const more =
    items.length > shown.length ? (
      <p className="mt-1 text-xs text-faint">{`${shown.length} of ${items.length}`}</p>
    ) : null;
  if (items.every(isPlain)) {
    return (
      <>
        <p className="figures text-sm text-soft">{shown.map(plainText).join(", ")}</p>
        {more}
      </>
    );
  }
  const rows = shown.filter(
    (item): item is Json => typeof item === "object" && item !== null && !Array.isArray(item),
  );
  if (rows.length < shown.length)
    return <p className="text-soft">{JSON.stringify(shown).slice(0, TEXT_CHARS_MAX)}</p>;
  return (
    <>
      <Rows rows={rows} name={name} depth={depth} />
      {more}
    </>
  );
}

function Rows({
  rows,
  name,
}: {
  readonly rows: readonly Json[];
  readonly name: string;
  readonly depth: number;
}) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <Scroller label={name}>
      <table className="w-full text-left text-sm">
        <thead>
          <tr className="text-xs text-faint">
            {columns.map((column) => (
              <th key={column} className="py-1 pr-4 font-normal whitespace-nowrap">
                {humanName(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of unknown shape have no identity.
            <tr key={index} className="border-t border-line align-top">
              {columns.map((column) => (
                <td key={column} className="max-w-80 py-1.5 pr-4">
                  {isPlain(row[column]) ? plainText(row[column]) : clipped(row[column])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function clipped(value: unknown): string {
  if (Array.isArray(value) && value.every(isPlain)) return value.map(plainText).join(", ");
  const text = JSON.stringify(value) ?? GAP;
  return text.length > 160 ? `${text.slice(0, 159)}…` : text;
}

function isPlain(value: unknown): boolean {
  return value === null || value === undefined || typeof value !== "object";
}

/** An id or a key in full says no more to a person than its beginning. */
const DIGEST = /^[0-9a-f]{64}$|^[A-Za-z0-9_-]{43}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/;

function plainText(value: unknown): string {
  if (value === null || value === undefined || value === "") return GAP;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number")
    return Number.isInteger(value)
      ? formatCount(value)
      : formatDecimal(value, Math.abs(value) < 0.01 ? 4 : 2);
  const text = String(value);
  const at = INSTANT.test(text) ? toMs(text) : null;
  if (at !== null) return formatMoment(at);
  if (DIGEST.test(text)) return `${text.slice(0, 10)}…`;
  return text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX - 1)}…` : text;
}

/** `last_dream_at` → "Last dream at". */
function humanName(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
