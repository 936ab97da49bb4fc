/**
 * The tasks a list knows: the pages that were read and the news of the streams, as one list, newest first. Pure.
 *
 * Invariants:
 * 1. A task stands once, however many spores tell of it; the newest statement about it wins, the first told date holds.
 * 2. News cost a search by halves each, however long the list: only the tasks that the search meets are looked at.
 * 3. A part that is read again replaces what its source told of that part; everything older stays as it was.
 */
import type { TaskStatus, TaskSummary } from "@synapse/shared/contract/status.ts";
import type { ChosenSpore } from "@/lib/chosen-spores.ts";
import type { SporeFailure } from "@/lib/spore-client.ts";

export interface TaskFilter {
  readonly q: string;
  readonly status: TaskStatus | null;
}

export interface KnownTask {
  readonly summary: TaskSummary;
  /** The spore that told it. */
  readonly source: ChosenSpore;
}

export interface TaskBook {
  readonly filter: TaskFilter;
  readonly sources: readonly ChosenSpore[];
  /** Newest first; of the same moment, by id: as a spore orders them. */
  readonly tasks: readonly KnownTask[];
  /** By address: where the source's next page begins; null once it has told all, absent before its first. */
  readonly next: Readonly<Record<string, string | null>>;
  /** By address: the date of the newest task that a reading of this source gave. */
  readonly readUpTo: Readonly<Record<string, string>>;
  /** By address: why the source did not answer last time. */
  readonly failures: Readonly<Record<string, SporeFailure>>;
  /** By task id: the date it stands under. Only ever added to, so that all states of a book share it. */
  readonly dates: Map<string, string>;
}

/** Tasks of one source from the newest on, without a gap. */
export interface Reading {
  readonly tasks: readonly TaskSummary[];
  readonly next: string | null;
}

export function emptyBook(sources: readonly ChosenSpore[], filter: TaskFilter): TaskBook {
  return { filter, sources, tasks: [], next: {}, readUpTo: {}, failures: {}, dates: new Map() };
}

/** Enters news of the stream at their places: new tasks, newer statements; what fits the filter no more goes. */
export function enterNews(book: TaskBook, source: ChosenSpore, news: readonly TaskSummary[]): TaskBook {
  const { status } = book.filter;
  // What a spore found once stays found: it searches in its own way, and texts only grow.
  return enter(
    book,
    source,
    news,
    (told, isKnown) =>
      (status === null || told.status === status) && (isKnown || hasWords(told, book.filter.q)),
  );
}

function enter(
  book: TaskBook,
  source: ChosenSpore,
  news: readonly TaskSummary[],
  fits: (told: TaskSummary, isKnown: boolean) => boolean,
): TaskBook {
  const changes: Change[] = [];
  for (const summary of latest(news).values()) {
    const date = book.dates.get(summary.task_id) ?? summary.created_at;
    const place = placeOf(book.tasks, date, summary.task_id);
    const known = book.tasks[place];
    const isKnown = known !== undefined && known.summary.task_id === summary.task_id;
    if (isKnown && !isNewer(summary, source, known)) continue;
    const fitting = fits(summary, isKnown);
    if (!isKnown && !fitting) continue;
    book.dates.set(summary.task_id, date);
    const told = summary.created_at === date ? summary : { ...summary, created_at: date };
    changes.push({ place, instead: isKnown ? 1 : 0, date, task: fitting ? { summary: told, source } : null });
  }
  return changes.length === 0 ? book : { ...book, tasks: changed(book.tasks, changes) };
}

/** Takes the next page of a source, unless the source was read anew meanwhile. @param from the cursor it was asked with */
export function turnPage(book: TaskBook, source: ChosenSpore, from: string | null, page: Reading): TaskBook {
  if ((book.next[source.url] ?? null) !== from) return book;
  return { ...enter(book, source, page.tasks, () => true), next: { ...book.next, [source.url]: page.next } };
}

/** Takes what a source tells now of its newest tasks. */
export function takeReading(book: TaskBook, source: ChosenSpore, reading: Reading): TaskBook {
  const { url } = source;
  const [first, last] = [reading.tasks[0], reading.tasks.at(-1)];
  const upTo = book.readUpTo[url];
  // What lies between is not known: the pages are turned again from here, and fill the gap.
  const isJoined = upTo !== undefined && last !== undefined && last.created_at < upTo;
  const { [url]: _, ...failures } = book.failures;
  const entered = enter(withoutGone(book, source, reading), source, reading.tasks, () => true);
  return {
    ...entered,
    failures,
    next: {
      ...book.next,
      [url]: isJoined && reading.next !== null ? (book.next[url] ?? null) : reading.next,
    },
    readUpTo: first === undefined ? book.readUpTo : { ...book.readUpTo, [url]: first.created_at },
  };
}

export function withFailure(book: TaskBook, source: ChosenSpore, failure: SporeFailure): TaskBook {
  return { ...book, failures: { ...book.failures, [source.url]: failure } };
}

/** Sources with more to tell. One that failed is asked again only with the next reading. */
export function unread(book: TaskBook): readonly ChosenSpore[] {
  return book.sources.filter(({ url }) => typeof book.next[url] === "string" && !(url in book.failures));
}

/** How far back a source must be read again: to what was read before, and to the oldest task that may have changed. */
export function readBackTo(book: TaskBook, source: ChosenSpore): string | null {
  let oldest = book.readUpTo[source.url] ?? null;
  for (let index = book.tasks.length - 1; index >= 0; index -= 1) {
    const task = book.tasks[index] as KnownTask;
    if (task.source.url !== source.url || hasEnded(task.summary.status)) continue;
    if (oldest === null || task.summary.created_at < oldest) oldest = task.summary.created_at;
    break;
  }
  return oldest;
}

const hasEnded = (status: TaskStatus) => status === "converged" || status === "unresolved";

interface Change {
  readonly place: number;
  /** How many at this place it takes the place of. */
  readonly instead: 0 | 1;
  readonly date: string;
  /** null: only goes. */
  readonly task: KnownTask | null;
}

/** The list with the changes made, copied in stretches. */
function changed(tasks: readonly KnownTask[], changes: Change[]): readonly KnownTask[] {
  changes.sort((a, b) => a.place - b.place || a.instead - b.instead || order(a, b));
  const parts: (readonly KnownTask[])[] = [];
  let from = 0;
  for (const { place, instead, task } of changes) {
    if (place > from) parts.push(tasks.slice(from, place));
    if (task !== null) parts.push([task]);
    from = place + instead;
  }
  parts.push(tasks.slice(from));
  return ([] as KnownTask[]).concat(...parts);
}

function order(a: Change, b: Change): number {
  return before(a.date, a.task?.summary.task_id ?? "", b.date, b.task?.summary.task_id ?? "") ? -1 : 1;
}

function before(date: string, id: string, otherDate: string, otherId: string): boolean {
  return date > otherDate || (date === otherDate && id < otherId);
}

/** Where it stands, or would. */
function placeOf(tasks: readonly KnownTask[], date: string, id: string): number {
  return countBefore(tasks, ({ summary }) => before(summary.created_at, summary.task_id, date, id));
}

/** Searches by halves. @param isBefore true of a beginning of the list, false of all that follows */
export function countBefore(tasks: readonly KnownTask[], isBefore: (task: KnownTask) => boolean): number {
  let [low, high] = [0, tasks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(tasks[middle] as KnownTask)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function latest(news: readonly TaskSummary[]): ReadonlyMap<string, TaskSummary> {
  const byId = new Map<string, TaskSummary>();
  for (const summary of news) {
    const known = byId.get(summary.task_id);
    if (known === undefined || known.updated_at <= summary.updated_at) byId.set(summary.task_id, summary);
  }
  return byId;
}

/** Of equally new statements the first told stays, so that two sources do not take turns; a source may correct itself. */
function isNewer(summary: TaskSummary, source: ChosenSpore, known: KnownTask): boolean {
  if (known.source.url === source.url) return summary.updated_at >= known.summary.updated_at;
  return summary.updated_at > known.summary.updated_at;
}

/** Without those that the source told of this part before and does not tell now: they are hidden, or fit no more. */
function withoutGone(book: TaskBook, source: ChosenSpore, reading: Reading): TaskBook {
  const last = reading.tasks.at(-1);
  const end =
    reading.next === null
      ? book.tasks.length
      : last === undefined
        ? 0
        : placeOf(book.tasks, book.dates.get(last.task_id) ?? last.created_at, last.task_id);
  const told = new Set<string>(reading.tasks.map(({ task_id }) => task_id));
  const isGone = (task: KnownTask) => task.source.url === source.url && !told.has(task.summary.task_id);
  const part = book.tasks.slice(0, end);
  const kept = part.filter((task) => !isGone(task));
  if (kept.length === part.length) return book;
  return { ...book, tasks: kept.concat(book.tasks.slice(end)) };
}

/** As a spore searches: every word stands in the question or the answer. */
function hasWords(summary: TaskSummary, q: string): boolean {
  const text = `${summary.description} ${summary.final_answer ?? ""}`.toLowerCase();
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
