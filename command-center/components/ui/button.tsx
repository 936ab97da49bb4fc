/** Buttons: one primary action per view, everything else quiet. */
import type { ComponentProps, ReactNode } from "react";

const LOOKS = {
  primary: "bg-accent text-accent-ink font-medium hover:opacity-90 disabled:opacity-45",
  quiet: "border border-line bg-panel text-soft hover:bg-hover hover:text-ink disabled:opacity-45",
  bare: "text-soft hover:bg-hover hover:text-ink disabled:opacity-45",
} as const;

type ButtonProps = ComponentProps<"button"> & { readonly look?: keyof typeof LOOKS };

export function Button({ look = "quiet", className = "", type = "button", ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={`inline-flex h-8 items-center justify-center gap-1.5 rounded px-3 text-sm whitespace-nowrap transition-colors disabled:cursor-not-allowed ${LOOKS[look]} ${className}`}
      {...rest}
    />
  );
}

/** A square button that shows only an icon; `label` is what it does, for everyone who cannot see the icon. */
export function IconButton({
  label,
  children,
  className = "",
  ...rest
}: ComponentProps<"button"> & { readonly label: string; readonly children: ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-flex size-8 shrink-0 items-center justify-center rounded text-soft transition-colors hover:bg-hover hover:text-ink disabled:opacity-45 ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
