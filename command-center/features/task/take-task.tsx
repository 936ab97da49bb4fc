/** Takes a task away: its link, CSV of who said what, JSON as the spore told it, or Markdown to read. */
"use client";

import { useQuery } from "@tanstack/react-query";
import { Button } from "@/components/ui/button.tsx";
import { CopyIcon } from "@/components/ui/copy-button.tsx";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { CONTRIBUTION_COLUMNS } from "@/features/task/task-columns.ts";
import { taskToMarkdown } from "@/features/task/task-markdown.ts";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { download } from "@/lib/download.ts";
import { taskOptions } from "@/lib/queries.ts";

export function TakeTask({ spore, id }: { readonly spore: ChosenSpore; readonly id: string }) {
  const detail = useQuery({ ...taskOptions(spore, id), enabled: false }).data;
  const name = `task-${id.slice(0, 12)}`;
  return (
    <>
      <CopyIcon text={`${window.location.origin}/library?task=${id}`} label="Copy link" />
      <TakeAway
        name={name}
        rows={detail === undefined ? [] : () => detail.deltas}
        columns={CONTRIBUTION_COLUMNS}
        json={detail}
      />
      <Button
        look="bare"
        disabled={detail === undefined}
        onClick={() =>
          detail === undefined ? undefined : download(`${name}.md`, taskToMarkdown(detail), "text/markdown")
        }
      >
        Markdown
      </Button>
    </>
  );
}
