/** Inputs and selects: one height, one look, always labelled. */
import { type ComponentProps, type ReactNode, useId } from "react";

export const INPUT =
  "h-8 w-full min-w-0 rounded border border-edge bg-page px-2.5 text-sm text-ink disabled:opacity-50 pointer-coarse:h-11";

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | null;
}

export function Field({ label, hint, error, ...rest }: FieldProps & ComponentProps<"input">) {
  const id = useId();
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        className={INPUT}
        aria-invalid={error ? true : undefined}
        aria-describedby={`${id}-note`}
        {...rest}
      />
      <p id={`${id}-note`} className={`text-xs ${error ? "text-bad" : "text-soft"}`} aria-live="polite">
        {error || hint}
      </p>
    </div>
  );
}

interface RowInputProps extends Omit<ComponentProps<"input">, "onChange"> {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** In a row of tools or before the button that sends it, of which it takes what room is left; `className` has its least width. */
export function RowInput({ label, onChange, className = "basis-48", ...rest }: RowInputProps) {
  return (
    <input
      aria-label={label}
      className={`${INPUT} flex-1 ${className}`}
      onChange={(event) => onChange(event.target.value)}
      {...rest}
    />
  );
}

interface SelectProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly name: string }[];
  readonly onChange: (value: T) => void;
}

/** The platform's own select: it works on every phone and with every screen reader. */
export function Select<T extends string>({ label, value, options, onChange }: SelectProps<T>) {
  return (
    <select
      aria-label={label}
      title={label}
      className="h-8 min-w-0 rounded border border-line bg-panel px-2 text-sm text-soft hover:bg-hover hover:text-ink pointer-coarse:h-11"
      value={value}
      onChange={(event) => onChange(event.target.value as T)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.name}
        </option>
      ))}
    </select>
  );
}
