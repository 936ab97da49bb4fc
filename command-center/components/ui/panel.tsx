/** A titled region. All panels share this frame, so that its states never move the page. */
import { type ReactNode, useId } from "react";

interface Props {
  readonly title: string;
  /** Beside the title: what the panel counts, or how fresh it is. */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
  /** Without inner padding, for lists and tables that reach the edges. */
  readonly flush?: boolean;
}

export function Panel({ title, note, actions, children, className = "", flush = false }: Props) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={`flex min-w-0 flex-col rounded border border-line bg-panel ${className}`}
    >
      <header className="flex min-h-[2.8125rem] flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-1.5">
        <h2 id={id} className="text-sm font-medium">
          {title}
        </h2>
        {note === undefined ? null : <div className="figures text-xs text-faint">{note}</div>}
        {actions === undefined ? null : (
          <div className="ml-auto flex flex-wrap items-center justify-end gap-1">{actions}</div>
        )}
      </header>
      <div className={`min-w-0 grow ${flush ? "" : "p-4"}`}>{children}</div>
    </section>
  );
}
