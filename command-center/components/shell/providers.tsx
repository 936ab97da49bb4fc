/** The query cache: the one store of everything that was read or streamed. */
"use client";

import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClient, QueryClientProvider, timeoutManager } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { SharedTimers } from "@/lib/shared-timers.ts";
import { SporeError } from "@/lib/spore-client.ts";

// Before any query exists: timers of one kind cannot clear those of another.
timeoutManager.setTimeoutProvider(new SharedTimers());

/** Fresher than this is not asked again by another panel. */
const FRESH_MS = 3_000;
/** The polls come anyway; one quick second try hides a single lost packet. */
const RETRIES = 1;
const RETRY_AFTER_MS = 800;

function createClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        // A local swarm works without any network.
        networkMode: "always",
        retry: (failures, error) =>
          failures < RETRIES && error instanceof SporeError && error.failure.retryable,
        retryDelay: RETRY_AFTER_MS,
        refetchOnWindowFocus: true,
      },
      mutations: { networkMode: "always" },
    },
  });
}

export function Providers({ children }: { readonly children: ReactNode }) {
  const [client] = useState(createClient);
  return (
    <QueryClientProvider client={client}>
      {/* Inline style elements would need a hole in the content security policy. */}
      <CSPProvider disableStyleElements>{children}</CSPProvider>
    </QueryClientProvider>
  );
}
