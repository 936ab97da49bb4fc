/** A fact under its name, one of a `dl`. */
import type { ReactNode } from "react";

export function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="eyebrow">{name}</dt>
      <dd className="figures">{children}</dd>
    </div>
  );
}
