/**
 * What the commander tells a spore to do. It goes from this browser straight to that spore, with the token; on success
 * what it may have changed is read again.
 */
"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { z } from "zod";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { keys } from "@/lib/keys.ts";
import { requireFromSpore } from "@/lib/spore-client.ts";

export interface Command {
  readonly spore: ChosenSpore;
  readonly method: "POST" | "PUT";
  readonly path: `/${string}`;
  readonly body?: unknown;
}

export function useCommand(onDone?: (command: Command) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ spore, method, path, body }: Command) =>
      requireFromSpore(spore, path, z.unknown(), { method, body: body ?? {} }),
    onSuccess: (_, command) => {
      void client.invalidateQueries({ queryKey: keys.spore(command.spore.url) });
      onDone?.(command);
    },
  });
}
