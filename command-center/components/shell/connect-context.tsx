/** Lets any panel open the connection dialog: "add a spore" or "enter the token". */
"use client";

import dynamic from "next/dynamic";
import { createContext, type ReactNode, useContext, useMemo, useState } from "react";

const ConnectDialog = dynamic(
  () => import("@/components/shell/connect-dialog.tsx").then((m) => m.ConnectDialog),
  {
    ssr: false,
  },
);

export type ConnectPart = "spores" | "token";

interface Connect {
  readonly open: (part: ConnectPart) => void;
}

const ConnectContext = createContext<Connect>({ open: () => undefined });

export function ConnectProvider({ children }: { readonly children: ReactNode }) {
  const [part, setPart] = useState<ConnectPart | null>(null);
  const value = useMemo(() => ({ open: setPart }), []);
  return (
    <ConnectContext.Provider value={value}>
      {children}
      {part === null ? null : <ConnectDialog part={part} onClose={() => setPart(null)} />}
    </ConnectContext.Provider>
  );
}

export function useConnect(): Connect {
  return useContext(ConnectContext);
}
