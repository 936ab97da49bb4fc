/** Mechanisms side by side: what each means, whether it is on, and its measured effect, never without its interval. */
import { ToneMark } from "@/components/ui/state-badge.tsx";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";
import { formatDay } from "@/lib/format.ts";
import {
  chosenHere,
  type Effect,
  type Mechanism,
  shipsBecause,
  toEffectWords,
} from "@/lib/mechanism-view.ts";

export function MechanismList({ mechanisms }: { readonly mechanisms: readonly Mechanism[] }) {
  return (
    <ul className="grid gap-x-8 gap-y-5 sm:grid-cols-2 xl:grid-cols-3">
      {mechanisms.map((mechanism) => (
        <MechanismItem key={mechanism.name} mechanism={mechanism} />
      ))}
    </ul>
  );
}

function MechanismItem({ mechanism }: { readonly mechanism: Mechanism }) {
  const on = mechanism.enabled !== false;
  return (
    <li className="min-w-0">
      <p className="flex items-center gap-2">
        <ToneMark tone={on ? "good" : "calm"} />
        <span className="font-medium">{readable(mechanism.name)}</span>
        <span className="text-xs text-faint" title={mechanism.setting ?? undefined}>
          {on ? "on" : "off"}
        </span>
      </p>
      {mechanism.meaning == null ? null : <p className="max-w-prose text-soft">{mechanism.meaning}</p>}
      <Measured mechanism={mechanism} />
    </li>
  );
}

function Measured({ mechanism }: { readonly mechanism: Mechanism }) {
  const { effect, effect_missing } = mechanism;
  const because = shipsBecause(mechanism);
  const chosen = chosenHere(mechanism);
  if (effect == null && effect_missing == null) return null;
  return (
    <div className="figures mt-1 max-w-prose text-xs text-faint">
      {effect == null ? (
        <p>
          <span className="text-soft">Not measured</span>
          {effect_missing === "not measured" ? "" : `: ${effect_missing}`}
        </p>
      ) : (
        <EffectLines effect={effect} />
      )}
      {because === null ? null : <p>{because}.</p>}
      {chosen === null ? null : <p className="text-soft">{chosen}.</p>}
    </div>
  );
}

function EffectLines({ effect }: { readonly effect: Effect }) {
  const { figure, interval, counted } = toEffectWords(effect);
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-2">
        <span className="text-sm font-medium text-ink">{figure}</span>
        <span className="text-soft">{interval}</span>
        <IntervalDrawing effect={effect} />
      </p>
      <p className="text-soft">{effect.measure}</p>
      <p>
        {counted}, {formatDay(effect.measured_on)}; {effect.arm}
      </p>
    </>
  );
}

const WIDTH = 96;
const HEIGHT = 12;
/** Room beside the longest arm. */
const MARGIN = 4;

/** Where the interval lies beside zero, which is the line in the middle; each mechanism has a scale of its own. */
function IntervalDrawing({ effect: { value, low, high } }: { readonly effect: Effect }) {
  const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
  const x = (at: number) => WIDTH / 2 + (at / reach) * (WIDTH / 2 - MARGIN);
  const colour = low > 0 ? "text-good" : high < 0 ? "text-bad" : "text-soft";
  return (
    <svg width={WIDTH} height={HEIGHT} className={`shrink-0 ${colour}`} aria-hidden="true">
      <line x1={WIDTH / 2} x2={WIDTH / 2} y1="0" y2={HEIGHT} className="stroke-edge" />
      <line x1={x(low)} x2={x(high)} y1={HEIGHT / 2} y2={HEIGHT / 2} stroke="currentColor" strokeWidth="2" />
      <circle cx={x(value)} cy={HEIGHT / 2} r="3" fill="currentColor" />
    </svg>
  );
}

function readable(name: string): string {
  return name.replaceAll("_", " ");
}

/** For CSV: figures as they were told, shares between −1 and 1. */
export const MECHANISM_COLUMNS: readonly Column<Mechanism>[] = fileColumns([
  ["mechanism", ({ name }) => name],
  ["enabled", ({ enabled }) => yesOrNo(enabled)],
  ["ships on", ({ ships }) => yesOrNo(ships)],
  ["setting", ({ setting }) => setting ?? null],
  ["meaning", ({ meaning }) => meaning ?? null],
  ["effect", ({ effect }) => effect?.value ?? null],
  ["from (95 %)", ({ effect }) => effect?.low ?? null],
  ["to (95 %)", ({ effect }) => effect?.high ?? null],
  ["unit", ({ effect }) => effect?.unit ?? null],
  ["measure", ({ effect }) => effect?.measure ?? null],
  ["n", ({ effect }) => effect?.n ?? null],
  ["counted", ({ effect }) => effect?.counted ?? null],
  ["measured on", ({ effect }) => effect?.measured_on ?? null],
  ["arm", ({ effect }) => effect?.arm ?? null],
  ["why no effect", ({ effect_missing }) => effect_missing ?? null],
]);

function yesOrNo(value: boolean | null | undefined): string | null {
  return value == null ? null : value ? "yes" : "no";
}
