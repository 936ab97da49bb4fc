/**
 * What the commands say, to people and to scripts.
 *
 * 1. With `--json`, stdout carries JSON and nothing else; words go to stderr.
 * 2. Colour and rewritten lines appear only on a terminal, and not with NO_COLOR (https://no-color.org).
 * 3. A transient line (`progress`) never ends up in a file: without a terminal only lasting lines are printed.
 */

type Paint = (text: string) => string;

export interface Output {
  readonly json: boolean;
  /** True when people watch: stdout is a terminal. */
  readonly interactive: boolean;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly green: Paint;
  readonly yellow: Paint;
  readonly red: Paint;
  /** A lasting line for people. */
  line(text?: string): void;
  /** A line about something that is not as it should be. */
  warn(text: string): void;
  /** Why the command failed, and how to mend it. */
  error(text: string): void;
  /** Replaces the transient line at the bottom; null removes it. Nothing without a terminal. */
  progress(text: string | null): void;
  /** The result for scripts; printed with `--json` only. */
  result(value: unknown): void;
}

export interface OutputStreams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const PROCESS_STREAMS: OutputStreams = {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
};

export function createOutput(json: boolean, streams: OutputStreams = PROCESS_STREAMS): Output {
  const { stdout, stderr, environment } = streams;
  const words = json ? stderr : stdout;
  const terminal = words.isTTY === true && environment.TERM !== "dumb";
  const coloured = terminal && (environment.NO_COLOR ?? "") === "";
  const paint =
    (code: number): Paint =>
    (text) =>
      coloured ? `\u001b[${code}m${text}\u001b[0m` : text;
  let transient: string | null = null;

  const clear = () => {
    if (transient !== null) words.write("\r\u001b[2K");
  };
  const show = () => {
    if (transient !== null) words.write(transient.slice(0, (words.columns ?? 80) - 1));
  };
  const lasting = (stream: OutputStreams["stdout"], text: string) => {
    clear();
    stream.write(`${text}\n`);
    show();
  };
  const output: Output = {
    json,
    interactive: terminal,
    bold: paint(1),
    dim: paint(2),
    green: paint(32),
    yellow: paint(33),
    red: paint(31),
    line: (text = "") => lasting(words, text),
    warn: (text) => lasting(stderr, `${output.yellow("warning:")} ${text}`),
    error: (text) => lasting(stderr, `${output.red("error:")} ${text}`),
    progress: (text) => {
      if (!terminal) return;
      clear();
      transient = text;
      show();
    },
    result: (value) => {
      if (json) stdout.write(`${JSON.stringify(value)}\n`);
    },
  };
  return output;
}

/** Columns of equal width, two spaces apart. Colours are added by the caller after alignment, if at all. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, Bun.stringWidth(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) - Bun.stringWidth(cell)),
      )
      .join("  "),
  );
}

/** `4.2 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`. */
export function durationText(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A word of a command line that can be copied into a shell as it stands. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
