/** The pages and the rarely used buttons, on small screens. */
"use client";

import { useConnect } from "@/components/shell/connect-context.tsx";
import { NavLinks } from "@/components/shell/sidebar.tsx";
import { toggleTheme } from "@/components/shell/theme.ts";
import { Button } from "@/components/ui/button.tsx";
import { Dialog } from "@/components/ui/dialog.tsx";
import { usePause } from "@/lib/live.tsx";

export function MobileMenu({ onClose }: { readonly onClose: () => void }) {
  const { open } = useConnect();
  const pause = usePause();
  return (
    <Dialog open onClose={onClose} title="Synapse">
      <nav aria-label="Pages">
        <NavLinks onGo={onClose} />
      </nav>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button
          onClick={() => {
            onClose();
            open("spores");
          }}
        >
          Connections
        </Button>
        <Button onClick={pause.toggle}>{pause.paused ? "Go on" : "Pause"}</Button>
        <Button onClick={toggleTheme}>Light or dark</Button>
      </div>
    </Dialog>
  );
}
