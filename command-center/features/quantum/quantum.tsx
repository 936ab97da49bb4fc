/** Why this answer now? The mechanisms that shape reasoning, each with its plain meaning. */
"use client";

import { PartPanel } from "@/components/state/part-panel.tsx";
import { PageTools } from "@/components/ui/page-tools.tsx";

export function Quantum() {
  return (
    <>
      <PageTools />
      <div className="grid gap-4 lg:grid-cols-2">
        <PartPanel
          title="Quantum layer"
          path="/api/quantum"
          rows={14}
          meaning="Annealing is a falling sampling temperature; superposition a distribution over competing answers; tunnelling a chance to leave a premature one; entanglement the correlation between spores; decoherence relevance fading with age."
        />
        <PartPanel
          title="Spontaneous cognition"
          path="/api/cognition"
          rows={14}
          meaning="What the spores do when nobody asks: a scheduler in five bands, free thought when idle, dreams that consolidate memory, curiosity as measured surprise, and an audit of their own calibration."
        />
        <PartPanel
          title="Convergence"
          path="/api/convergence"
          rows={10}
          className="lg:col-span-2"
          meaning="How agreement moves in each task: the share of the weighted voices in the largest group, its speed, and the number of groups."
        />
      </div>
    </>
  );
}
