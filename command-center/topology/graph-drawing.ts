/** Draws a large network onto a canvas: lines, then marks, then the names that have room. Colours come from the theme. */
import { ROLE_SHAPES } from "@/lib/identity.ts";
import { bendOf, isTrust, linksOf } from "@/topology/edge-path.ts";
import type { Position } from "@/topology/force-layout.ts";
import { type Size, toPanel, type Viewport } from "@/topology/viewport.ts";

export interface DrawnNode {
  readonly key: string;
  readonly name: string;
  readonly shape: keyof typeof ROLE_SHAPES;
  readonly colour: number;
  readonly hollow: boolean;
}
export interface DrawnEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
}
export interface Palette {
  readonly panel: string;
  readonly edge: string;
  readonly accent: string;
  readonly ink: string;
  readonly soft: string;
  readonly identity: readonly string[];
}
export interface Picture {
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
  readonly places: ReadonlyMap<string, Position>;
  readonly view: Viewport;
  readonly size: Size;
  /** Chosen, or under the arrow keys. */
  readonly selected: string | null;
  readonly focused: string | null;
  readonly palette: Palette;
}

const SHAPE_BOX = 16;
/** Marks shrink with the drawing, down to what can still be told apart. */
const MARK_PX = { least: 6, most: 16 } as const;
/** Names are written once there is room between the marks. */
const NAMES_FROM_SCALE = 0.75;
const FONT = "11px ui-sans-serif, system-ui, sans-serif";

function markSize(scale: number): number {
  return Math.min(MARK_PX.most, Math.max(MARK_PX.least, SHAPE_BOX * scale * 1.6));
}

export function draw(context: CanvasRenderingContext2D, picture: Picture): void {
  const { size, nodes, places, view, selected, focused, palette } = picture;
  context.clearRect(0, 0, size.width, size.height);
  drawEdges(context, picture);
  const near = neighboursOf(picture);
  const mark = markSize(view.scale);
  context.font = FONT;
  context.textAlign = "center";
  for (const node of nodes) {
    const place = places.get(node.key);
    if (place === undefined) continue;
    const at = toPanel(place, view, size);
    if (at.x < -40 || at.y < -40 || at.x > size.width + 40 || at.y > size.height + 40) continue;
    const marked = node.key === selected || node.key === focused;
    drawMark(context, node, at, marked ? mark + 4 : mark, palette, marked);
    if (marked || near.has(node.key) || view.scale >= NAMES_FROM_SCALE) {
      context.lineWidth = 3;
      context.strokeStyle = palette.panel;
      context.fillStyle = marked ? palette.ink : palette.soft;
      context.strokeText(node.name, at.x, at.y + mark / 2 + 13);
      context.fillText(node.name, at.x, at.y + mark / 2 + 13);
    }
  }
}

function drawEdges(context: CanvasRenderingContext2D, picture: Picture): void {
  const { edges, places, view, size, selected, palette, nodes } = picture;
  const line = (edge: DrawnEdge) => {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    if (from === undefined || to === undefined) return;
    const [a, b] = [toPanel(from, view, size), toPanel(to, view, size)];
    context.moveTo(a.x, a.y);
    const bend = isTrust(edge) ? bendOf(a, b) : null;
    if (bend === null) context.lineTo(b.x, b.y);
    else context.quadraticCurveTo(bend.x, bend.y, b.x, b.y);
  };
  const touches = (edge: DrawnEdge) => edge.from === selected || edge.to === selected;
  const stroke = (some: readonly DrawnEdge[], colour: string, width: number, dash: readonly number[]) => {
    context.beginPath();
    for (const edge of some) line(edge);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash([...dash]);
    context.stroke();
    context.setLineDash([]);
  };
  // The more spores, the fainter each line, or the picture turns into a blot.
  context.globalAlpha = Math.max(0.25, Math.min(1, 150 / Math.max(1, nodes.length)));
  const plain = edges.filter((edge) => !touches(edge));
  stroke(linksOf(plain, "gossip"), palette.edge, 1, []);
  stroke(linksOf(plain, "trust"), palette.soft, 1, [2, 4]);
  context.globalAlpha = 1;
  const chosen = edges.filter(touches);
  stroke(linksOf(chosen, "gossip"), palette.accent, 1.5, []);
  stroke(linksOf(chosen, "trust"), palette.accent, 1.5, [2, 4]);
}

function drawMark(
  context: CanvasRenderingContext2D,
  node: DrawnNode,
  at: Position,
  size: number,
  palette: Palette,
  marked: boolean,
): void {
  const colour = palette.identity[node.colour] ?? palette.soft;
  context.save();
  context.translate(at.x, at.y);
  if (marked) {
    context.beginPath();
    context.arc(0, 0, size * 0.85, 0, 2 * Math.PI);
    context.fillStyle = palette.panel;
    context.fill();
    context.strokeStyle = palette.accent;
    context.lineWidth = 2;
    context.stroke();
  }
  context.translate(-size / 2, -size / 2);
  context.scale(size / SHAPE_BOX, size / SHAPE_BOX);
  const outline = shapePath(node.shape);
  context.fillStyle = node.hollow ? palette.panel : colour;
  context.fill(outline);
  if (node.hollow) {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.stroke(outline);
  }
  context.restore();
}

const paths = new Map<string, Path2D>();
function shapePath(shape: keyof typeof ROLE_SHAPES): Path2D {
  const known = paths.get(shape) ?? new Path2D(ROLE_SHAPES[shape]);
  paths.set(shape, known);
  return known;
}

function neighboursOf({ edges, selected }: Picture): ReadonlySet<string> {
  if (selected === null) return new Set();
  return new Set(edges.flatMap(({ from, to }) => (from === selected ? [to] : to === selected ? [from] : [])));
}

/** The spore nearest to a pixel, within a finger's reach. */
export function nearest(
  { nodes, places, view, size }: Pick<Picture, "nodes" | "places" | "view" | "size">,
  pixel: Position,
): string | null {
  let best: string | null = null;
  let reach = 18;
  for (const { key } of nodes) {
    const place = places.get(key);
    if (place === undefined) continue;
    const at = toPanel(place, view, size);
    const away = Math.hypot(at.x - pixel.x, at.y - pixel.y);
    if (away < reach) {
      reach = away;
      best = key;
    }
  }
  return best;
}
