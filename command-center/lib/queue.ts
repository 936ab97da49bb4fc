/**
 * Waiting things in the order they came, one let through each time `next` says so.
 *
 * Invariant: no more than one step is ever under way, whoever came or went meanwhile.
 */
export class Queue {
  private readonly waiting: (() => void)[] = [];
  private readonly next: (step: () => void) => void;
  private isUnderWay = false;

  constructor(next: (step: () => void) => void) {
    this.next = next;
  }

  add(go: () => void): void {
    this.waiting.push(go);
    this.ask();
  }

  /** Who does not want to wait any more lets the one behind go first. */
  remove(go: () => void): void {
    const at = this.waiting.indexOf(go);
    if (at !== -1) this.waiting.splice(at, 1);
  }

  private ask(): void {
    if (this.isUnderWay || this.waiting.length === 0) return;
    this.isUnderWay = true;
    this.next(this.step);
  }

  private readonly step = () => {
    this.isUnderWay = false;
    const go = this.waiting.shift();
    this.ask();
    go?.();
  };
}
