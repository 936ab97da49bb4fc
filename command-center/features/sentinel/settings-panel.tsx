/** The commander's settings of one spore: what each means, its bounds, and whether it was changed. A change can be undone. */
"use client";

import { settingsSchema } from "@synapse/shared/contract/status.ts";
import { useState } from "react";
import type { z } from "zod";
import { CommandError } from "@/components/state/command-error.tsx";
import { Notice } from "@/components/state/panel-states.tsx";
import { PartPanel } from "@/components/state/part-panel.tsx";
import { Button } from "@/components/ui/button.tsx";
import { INPUT, Select } from "@/components/ui/field.tsx";
import { type Column, fileColumns } from "@/components/ui/table-columns.ts";
import { TakeAway } from "@/components/ui/take-away.tsx";
import { Age } from "@/components/ui/time.tsx";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import { useCommand } from "@/lib/command.ts";
import { plural, toMs } from "@/lib/format.ts";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

type Setting = z.infer<typeof settingsSchema>["settings"][number];
type Value = Setting["value"];

const ROWS = 24;

const COLUMNS: readonly Column<Setting>[] = fileColumns([
  ["Setting", ({ key }) => key],
  ["Value", ({ value }) => written(value)],
  ["Default", (setting) => written(setting.default)],
  ["Least", ({ min }) => min ?? null],
  ["Most", ({ max }) => max ?? null],
  ["Unit", ({ unit }) => unit ?? null],
  ["Changed", ({ changed_at }) => changed_at],
  ["Meaning", ({ title }) => title],
]);

const written = (value: Value) => (typeof value === "number" ? value : String(value));

export function SettingsPanel() {
  const { spore } = useSelectedSpore();
  return (
    <PartPanel
      title="Settings"
      path="/api/settings"
      rows={ROWS}
      className="lg:col-span-2"
      actions={(state) => (
        <TakeAway
          name="settings"
          rows={settingsSchema.safeParse(state).data?.settings ?? []}
          columns={COLUMNS}
          json={state}
        />
      )}
      meaning="What you, or a proposal you approved, may change while the spore runs. Each has its bounds."
    >
      {(state) => {
        const parsed = settingsSchema.safeParse(state);
        if (!parsed.success || spore === null) {
          return <Notice rows={6} title="The settings are written in a way this page does not know" />;
        }
        return (
          <div className="flex flex-col gap-2">
            {groupsOf(parsed.data.settings).map(([name, settings]) => (
              <Group key={name} name={name} settings={settings} spore={spore} />
            ))}
          </div>
        );
      }}
    </PartPanel>
  );
}

/** By the first word of the key: one part of the spore each. */
function groupsOf(
  settings: readonly Setting[],
): readonly (readonly [name: string, settings: readonly Setting[]])[] {
  const groups = new Map<string, Setting[]>();
  for (const setting of settings) {
    const name = setting.key.split(".")[0] ?? setting.key;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [setting]);
    else group.push(setting);
  }
  return [...groups];
}

interface GroupProps {
  readonly name: string;
  readonly settings: readonly Setting[];
  readonly spore: ChosenSpore;
}

function Group({ name, settings, spore }: GroupProps) {
  const changed = settings.filter((setting) => setting.changed_at !== null).length;
  return (
    <details open={name === "reasoning" || changed > 0}>
      <summary className="rounded py-1.5 text-sm font-medium">
        {name.charAt(0).toUpperCase() + name.slice(1)}{" "}
        <span className="figures text-xs font-normal text-faint">
          {plural(settings.length, "setting")}
          {changed > 0 ? `, ${changed} changed` : ""}
        </span>
      </summary>
      <ul className="divide-y divide-line border-t border-line">
        {settings.map((setting) => (
          <SettingRow key={setting.key} setting={setting} spore={spore} />
        ))}
      </ul>
    </details>
  );
}

function SettingRow({ setting, spore }: { readonly setting: Setting; readonly spore: ChosenSpore }) {
  const [before, setBefore] = useState<Value | null>(null);
  const command = useCommand();
  const put = (value: Value | null) =>
    command.mutate({
      spore,
      method: "PUT",
      path: "/api/settings",
      body: { settings: { [setting.key]: value } },
    });
  const change = (value: Value | null) => {
    setBefore(setting.value);
    put(value);
  };
  const undo = () => {
    put(before);
    setBefore(null);
  };
  return (
    <li className="grid gap-x-6 gap-y-1 py-2.5 md:grid-cols-[minmax(0,1fr)_auto] md:items-center">
      <div className="min-w-0">
        <p className="max-w-prose">{setting.title}</p>
        <p className="figures flex flex-wrap gap-x-3 text-xs text-faint">
          <code className="font-mono">{setting.key}</code>
          <span>{boundsOf(setting)}</span>
          {setting.changed_at === null ? (
            <span>default</span>
          ) : (
            <span>
              changed <Age at={toMs(setting.changed_at)} />, default {String(setting.default)}
            </span>
          )}
        </p>
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Editor key={String(setting.value)} setting={setting} busy={command.isPending} onChange={change} />
        {before === null || !command.isSuccess ? (
          <Button look="bare" disabled={setting.changed_at === null} onClick={() => change(null)}>
            Default
          </Button>
        ) : (
          <Button look="bare" onClick={undo}>
            Undo
          </Button>
        )}
      </div>
      <CommandError error={command.error} what="Not changed" className="md:col-span-2" />
    </li>
  );
}

function boundsOf({ min, max, unit, type }: Setting): string {
  if (min !== undefined && max !== undefined) return `${min} to ${max} ${unit ?? ""}`.trim();
  return type === "boolean" ? "on or off" : "";
}

interface EditorProps {
  readonly setting: Setting;
  readonly busy: boolean;
  readonly onChange: (value: Value) => void;
}

const SWITCH = [
  { value: "true", name: "On" },
  { value: "false", name: "Off" },
] as const;

function Editor({ setting, busy, onChange }: EditorProps) {
  const [text, setText] = useState(String(setting.value));
  if (setting.type === "boolean") {
    return (
      <Select
        label={setting.title}
        value={String(setting.value) as "true" | "false"}
        options={SWITCH}
        onChange={(value) => onChange(value === "true")}
      />
    );
  }
  if (setting.type === "choice") {
    return (
      <Select
        label={setting.title}
        value={String(setting.value)}
        options={(setting.choices ?? []).map((choice) => ({ value: choice, name: choice }))}
        onChange={onChange}
      />
    );
  }
  const isText = setting.type === "text";
  return (
    <form
      className="flex items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (isText) onChange(text);
        else if (text.trim() !== "" && Number.isFinite(Number(text))) onChange(Number(text));
      }}
    >
      <div className={isText ? "w-64" : "w-28"}>
        <input
          type={isText ? "text" : "number"}
          aria-label={setting.title}
          className={`${INPUT} figures`}
          min={setting.min}
          max={setting.max}
          step={setting.type === "integer" ? 1 : "any"}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <Button type="submit" disabled={busy || text === String(setting.value)}>
        Set
      </Button>
    </form>
  );
}
