/**
 * Who may hold an event stream open. A stream costs a socket and a backlog, so there is an end to their number; no
 * stranger takes all of it: some places are the commander's, and one address gets a share of the rest.
 */

/** Open streams of one spore. A page opens one for each watched spore. */
export const STREAMS_MAX = 1_000;
/** Of those, for callers without authority. */
export const STRANGERS_MAX = 800;
/** Of those, for one address (caller-share.ts): an office behind one address still sees its pages. */
export const ADDRESS_MAX = 50;

export class StreamPlaces {
  #open = 0;
  #strangers = 0;
  readonly #byAddress = new Map<string, number>();

  /**
   * @param address of a caller without authority; null for the commander
   * @returns gives the place back, however often it is called; null where there is no place.
   */
  take(address: string | null): (() => void) | null {
    if (this.#open >= STREAMS_MAX) return null;
    if (address !== null && !this.#takeAsStranger(address)) return null;
    this.#open += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#open -= 1;
      if (address !== null) this.#giveBack(address);
    };
  }

  #takeAsStranger(address: string): boolean {
    const own = this.#byAddress.get(address) ?? 0;
    if (this.#strangers >= STRANGERS_MAX || own >= ADDRESS_MAX) return false;
    this.#strangers += 1;
    this.#byAddress.set(address, own + 1);
    return true;
  }

  #giveBack(address: string): void {
    const own = (this.#byAddress.get(address) ?? 1) - 1;
    this.#strangers -= 1;
    if (own === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, own);
  }
}
