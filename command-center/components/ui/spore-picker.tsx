/** Whose view a panel shows. Hidden where there is only one to choose. */
"use client";

import { Select } from "@/components/ui/field.tsx";
import { useSelectedSpore } from "@/lib/selected-spore.ts";

export function SporePicker() {
  const { node, options, select } = useSelectedSpore();
  if (node === null || options.length < 2) return null;
  return (
    <Select
      label="Spore"
      value={node.key}
      options={options.map((option) => ({ value: option.key, name: option.name }))}
      onChange={(key) => {
        const chosen = options.find((option) => option.key === key);
        if (chosen !== undefined) select(chosen);
      }}
    />
  );
}
