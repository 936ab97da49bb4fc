/**
 * The settings of this spore: declared.ts with what the commander changed, kept in a table of its own.
 *
 * 1. A change is durable before it is in force, and all of a change is in force or none of it.
 * 2. A stored value that no longer fits its declaration is not used: the default is, and that is said once.
 */
import type { Client, InStatement } from "@libsql/client";
import { err, ok, type Result } from "@synapse/shared/result.ts";
import { DECLARED, type Declaration, problemWith, type SettingKey, type SettingValue } from "./declared.ts";

export type SettingsChange = Readonly<Record<string, unknown>>;

export interface SettingsError {
  readonly kind: "unknown_setting" | "out_of_bounds";
  /** One line a problem: the setting, what is wrong, what is expected. */
  readonly message: string;
}

export interface SettingsDeps {
  readonly client: Client;
  readonly now: () => number;
  readonly warn: (message: string, details?: Record<string, unknown>) => void;
}

type Listener = (keys: readonly SettingKey[]) => void;

export type Settings = Awaited<ReturnType<typeof openSettings>>;

export async function openSettings({ client, now, warn }: SettingsDeps) {
  const changed = new Map<SettingKey, { readonly value: unknown; readonly at: number }>();
  const listeners = new Set<Listener>();

  for (const row of (await client.execute("SELECT key, value, at FROM settings")).rows) {
    const key = String(row.key);
    const value = parse(String(row.value));
    const problem = isSettingKey(key) ? problemWith(DECLARED[key], value) : "is not known to this version";
    if (isSettingKey(key) && problem === null) changed.set(key, { value, at: Number(row.at) });
    else warn("a stored setting is not used", { setting: key, problem });
  }

  function get<K extends SettingKey>(key: K): SettingValue<K> {
    return (changed.get(key)?.value ?? DECLARED[key].default) as SettingValue<K>;
  }

  return {
    get,

    /** Checks all of it, stores all of it, then puts it in force. `null` brings a default back. */
    async change(wanted: SettingsChange): Promise<Result<readonly SettingKey[], SettingsError>> {
      const statements: InStatement[] = [];
      const keys: SettingKey[] = [];
      const problems: SettingsError[] = [];
      const at = now();
      for (const [key, value] of Object.entries(wanted)) {
        if (!isSettingKey(key)) {
          const known = Object.keys(DECLARED).join(", ");
          problems.push({
            kind: "unknown_setting",
            message: `${key}: there is no such setting; there are ${known}`,
          });
          continue;
        }
        const problem = value === null ? null : problemWith(DECLARED[key], value);
        if (problem !== null) problems.push({ kind: "out_of_bounds", message: `${key}: ${problem}` });
        keys.push(key);
        statements.push(
          value === null
            ? { sql: "DELETE FROM settings WHERE key = ?", args: [key] }
            : {
                sql: "INSERT INTO settings (key, value, at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = excluded.at",
                args: [key, JSON.stringify(value), at],
              },
        );
      }
      const [first] = problems;
      if (first !== undefined)
        return err({ kind: first.kind, message: problems.map(({ message }) => message).join("; ") });
      await client.batch(statements, "write");
      for (const key of keys) {
        if (wanted[key] === null) changed.delete(key);
        else changed.set(key, { value: wanted[key], at });
      }
      for (const listener of listeners) listener(keys);
      return ok(keys);
    },

    /** Every setting with its bounds and its value, in the order of the declarations. */
    describe() {
      return Object.entries(DECLARED).map(([name, declaration]) => {
        const key = name as SettingKey;
        const at = changed.get(key)?.at;
        return {
          key,
          ...(declaration as Declaration),
          value: get(key) as string | number | boolean,
          changed_at: at === undefined ? null : new Date(at).toISOString(),
        };
      });
    },

    /** @returns a function that ends the subscription. */
    subscribe(listener: Listener): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(DECLARED, key);
}

/** What cannot be read becomes a value that no declaration takes. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
