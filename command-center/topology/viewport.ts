/** Which part of the drawing is in view: fitted to the panel at first, then moved by dragging, wheel and buttons. Pure. */
import type { Position } from "@/topology/force-layout.ts";

export interface Viewport {
  /** What lies in the middle of the panel. */
  readonly x: number;
  readonly y: number;
  /** Panel pixels for each unit of the drawing. */
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Room for marks and their names at the rim. */
const MARGIN = 60;
/** A small network is not blown up to fill the panel. */
const SCALE_MAX_AT_FIRST = 1.4;
export const SCALE_MIN = 0.05;
export const SCALE_MAX = 4;

export function wholeView(places: Iterable<Position>, { width, height }: Size): Viewport {
  let [left, right, top, bottom] = [0, 0, 0, 0];
  for (const { x, y } of places) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const room = { width: Math.max(1, width - 2 * MARGIN), height: Math.max(1, height - 2 * MARGIN) };
  const scale = Math.min(
    SCALE_MAX_AT_FIRST,
    room.width / Math.max(1, right - left),
    room.height / Math.max(1, bottom - top),
  );
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale };
}

/** Panel pixels of a place. */
export function toPanel(place: Position, view: Viewport, { width, height }: Size): Position {
  return { x: width / 2 + (place.x - view.x) * view.scale, y: height / 2 + (place.y - view.y) * view.scale };
}

export function toDrawing(pixel: Position, view: Viewport, { width, height }: Size): Position {
  return { x: view.x + (pixel.x - width / 2) / view.scale, y: view.y + (pixel.y - height / 2) / view.scale };
}

/** Closer or further, with what is under `pixel` staying there. */
export function zoomAt(view: Viewport, factor: number, pixel: Position, size: Size): Viewport {
  const scale = Math.min(SCALE_MAX, Math.max(SCALE_MIN, view.scale * factor));
  const under = toDrawing(pixel, view, size);
  return {
    scale,
    x: under.x - (pixel.x - size.width / 2) / scale,
    y: under.y - (pixel.y - size.height / 2) / scale,
  };
}
