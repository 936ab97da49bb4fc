/** A spore's mark (shape = role, colour = individual), alone or with its name. */
"use client";

import type { Role } from "@synapse/shared/contract/entry.ts";
import { useFleetNames } from "@/components/shell/fleet-context.tsx";
import { ROLE_SHAPES } from "@/lib/identity.ts";

interface Props {
  /** Public key, name or address: whatever the source names the spore by. */
  readonly id: string;
  readonly role?: Role | null;
  readonly size?: number;
}

export function SporeMark({ id, role, size = 12 }: Props) {
  const known = useFleetNames().find(id);
  const shape = ROLE_SHAPES[role ?? known?.role ?? "unknown"];
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" className="shrink-0" aria-hidden="true">
      <path d={shape} fill={`var(--id-${known?.colour ?? 7})`} />
    </svg>
  );
}

export function SporeName({ id, role, className = "" }: Props & { readonly className?: string }) {
  const known = useFleetNames().find(id);
  return (
    <span className={`inline-flex min-w-0 items-center gap-1.5 ${className}`} title={id}>
      <SporeMark id={id} role={role ?? null} />
      <span className="truncate">{known?.name ?? (id.length > 24 ? `${id.slice(0, 8)}…` : id)}</span>
    </span>
  );
}
