/**
 * Structured log. For people by default (`time level message key=value`), one JSON object a line with
 * LOG_FORMAT=json. Details are values, never whole requests or configurations, so that no secret slips in.
 */

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  debug(message: string, details?: Record<string, unknown>): void;
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
  error(message: string, details?: Record<string, unknown>): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: "text" | "json";
  readonly write: (line: string) => void;
  readonly now: () => number;
}

export function createLog(options: LogOptions): Log {
  const threshold = LOG_LEVELS.indexOf(options.level);
  const at =
    (level: Exclude<LogLevel, "silent">) =>
    (message: string, details: Record<string, unknown> = {}) => {
      if (LOG_LEVELS.indexOf(level) < threshold) return;
      const time = new Date(options.now()).toISOString();
      options.write(
        options.format === "json"
          ? JSON.stringify({ time, level, message, ...details })
          : [time, level.padEnd(5), oneLine(message), ...Object.entries(details).map(toPair)].join(" "),
      );
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function toPair([key, value]: [string, unknown]): string {
  return `${key}=${oneLine(typeof value === "string" ? value : JSON.stringify(value))}`;
}

/** Remote text may hold line breaks and terminal escapes; neither may forge a log line. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
