/**
 * A colour of the page's theme as `rgb()`. The theme is written in oklch, which canvases understand and map engines do
 * not; painting one pixel is the browser's own conversion.
 */
"use client";

let brush: CanvasRenderingContext2D | null = null;

/** @param name a custom property of globals.css, e.g. `--land`. */
export function cssColour(name: string): string {
  brush ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", {
    willReadFrequently: true,
  });
  if (brush === null) return "rgb(128, 128, 128)";
  brush.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name);
  brush.fillRect(0, 0, 1, 1);
  const [red, green, blue] = brush.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}
