/** The data of a drawing as a table, for reading, copying and screen readers. */

interface TwinProps {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  readonly rows: readonly (readonly string[])[];
}

export function Twin({ title, xName, yName, rows }: TwinProps) {
  return (
    <details className="mt-1 text-xs text-faint">
      <summary className="inline-block rounded px-1 hover:text-ink">As a table</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className="mt-1 max-h-48 overflow-y-auto" tabIndex={0} aria-label={`${title}, table`}>
        <table className="w-full text-left">
          <caption className="sr-only">{title}</caption>
          <thead>
            <tr>
              <th className="font-normal">{xName}</th>
              <th className="text-right font-normal">{yName}</th>
            </tr>
          </thead>
          <tbody className="text-soft">
            {rows.map((row) => (
              <tr key={row.join()}>
                <td>{row[0]}</td>
                <td className="text-right">{row[1]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
