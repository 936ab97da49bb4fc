/** The line chart, loaded when one is shown first; its place is kept from the beginning, so that nothing below it moves. */
"use client";

import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import type { LineChartProps } from "@/charts/line-chart.tsx";
import { TWIN_LINE, Twin } from "@/charts/twin.tsx";
import { GAP } from "@/lib/format.ts";
import { useTurn } from "@/lib/turns.ts";

const Chart = dynamic(() => import("@/charts/line-chart.tsx").then((m) => m.LineChart), { ssr: false });

export function LazyLineChart({ height = 150, ...rest }: LineChartProps) {
  const { title, xName, yName, points, formatX, formatY, time } = rest;
  const isTurn = useTurn();
  const rows = () =>
    points.map(([x, y]) => ({
      x: formatX(x),
      y: y === null ? GAP : formatY(y),
      values: [time === undefined ? x : new Date(x).toISOString(), y] as const,
    }));
  return (
    <>
      <Place height={height} isDrawing>
        {isTurn ? <Chart height={height} {...rest} /> : null}
      </Place>
      <Twin title={title} xName={xName} yName={yName} rows={rows} />
    </>
  );
}

/** Where a chart will stand, or where there is nothing to draw: as high as the chart with the line below it. */
export function ChartPlace({ height, children }: { readonly height: number; readonly children?: ReactNode }) {
  return (
    <>
      <Place height={height}>{children}</Place>
      <div className={TWIN_LINE} />
    </>
  );
}

interface PlaceProps {
  readonly height: number;
  /** A chart comes here, at its turn: whoever waits for it can tell. */
  readonly isDrawing?: boolean;
  readonly children?: ReactNode;
}

function Place({ height, isDrawing, children }: PlaceProps) {
  return (
    <div className="grid content-center" data-chart={isDrawing} style={{ minHeight: height }}>
      {children}
    </div>
  );
}
