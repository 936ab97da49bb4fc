/**
 * A panel that has no spore to ask. Which spores there are is read first; until that is known, or while the first of
 * them is still being called, the panel waits instead of saying that there is none.
 */
"use client";

import type { ReactNode } from "react";
import { LoadingState, Notice, Pending, type Rows } from "@/components/state/panel-states.tsx";
import { useChoice } from "@/lib/queries.ts";

interface Props {
  readonly rows: Rows;
  /** The content's own frame while it waits. */
  readonly loading?: ReactNode;
}

export function NoSpore({ rows, loading }: Props) {
  const { data: choice } = useChoice();
  const waits = choice === undefined || choice.spores.length > 0;
  if (!waits) return <Notice rows={rows} title="No spore is connected" />;
  if (loading === undefined) return <LoadingState rows={rows} what="the list of spores" />;
  return <Pending what="the list of spores">{loading}</Pending>;
}
