/** A spot as a button on a map: one spore by its shape and colour, several by their number. */
import { type Spot, spotLabel } from "@/globe/spots.ts";
import { ROLE_SHAPES } from "@/lib/identity.ts";

interface Props {
  readonly spot: Spot;
  readonly selected: boolean;
  readonly onSelect: () => void;
}

export function SpotMark({ spot, selected, onSelect }: Props) {
  const [only] = spot.marks;
  const label = spotLabel(spot);
  return (
    <button
      type="button"
      aria-label={label}
      aria-pressed={selected}
      title={label}
      onClick={(event) => {
        event.stopPropagation();
        onSelect();
      }}
      className={`flex size-7 items-center justify-center rounded-full border bg-panel text-xs font-medium text-ink pointer-coarse:size-11 ${selected ? "border-accent outline-2 outline-accent" : "border-edge hover:border-ink"}`}
    >
      {spot.marks.length > 1 || only === undefined ? (
        <span className="figures">{spot.marks.length}</span>
      ) : (
        <svg width="14" height="14" viewBox="0 0 16 16" aria-hidden="true">
          <path
            d={ROLE_SHAPES[only.role ?? "unknown"]}
            fill={only.hollow ? "none" : `var(--id-${only.colour})`}
            stroke={`var(--id-${only.colour})`}
            strokeWidth={only.hollow ? 2 : 0}
          />
        </svg>
      )}
    </button>
  );
}
