/** Every key of the page, behind `?`. */
"use client";

import { Dialog } from "@/components/ui/dialog.tsx";
import { KEYS } from "@/lib/shortcuts.ts";

export function KeyList({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title="Keyboard">
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-6 gap-y-2">
        {KEYS.map((row) => (
          <div key={row.keys.join()} className="contents">
            <dt className="flex gap-1">
              {row.keys.map((key) => (
                <kbd
                  key={key}
                  className="min-w-6 rounded border border-line bg-raised px-1.5 text-center font-mono text-xs leading-5"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd className="text-soft">{row.does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
