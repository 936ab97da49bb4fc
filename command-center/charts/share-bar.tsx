/** One share of a whole as a bar; the figure beside it carries the meaning, the bar only the comparison. */

export function ShareBar({ share, label }: { readonly share: number; readonly label: string }) {
  return (
    <div className="h-1.5 w-full overflow-hidden rounded-full bg-raised" role="img" aria-label={label}>
      <div
        className="h-full rounded-full bg-accent"
        style={{ width: `${Math.round(Math.min(1, Math.max(0, share)) * 100)}%` }}
      />
    </div>
  );
}
