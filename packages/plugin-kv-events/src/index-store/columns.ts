/**
 * Which bit of every block stands for which endpoint. A column that is given up is at once no more looked at, but its bits stay
 * in the blocks until somebody has cleared them all: only then can another endpoint have it.
 */
export class Columns {
  /** Words of 32 columns. */
  width = 1;
  /** Columns in use, as bits. */
  live = new Int32Array(1);
  #clean: number[] = [];
  #given: number[] = [];
  #next = 0;

  /** Number of columns that were given up and are not clean yet. */
  get dead(): number {
    return this.#given.length;
  }

  /** @returns a clean column; -1 when there is none */
  take(): number {
    const column = this.#clean.pop() ?? (this.#next < 32 * this.width ? this.#next++ : -1);
    if (column >= 0) this.live[column >> 5]! |= 1 << (column & 31);
    return column;
  }

  giveUp(column: number): void {
    this.live[column >> 5]! &= ~(1 << (column & 31));
    this.#given.push(column);
  }

  /** The columns given up before the last `later` ones have no bits anywhere any more. */
  cleaned(later = 0): void {
    this.#clean.push(...this.#given.splice(0, this.#given.length - later));
  }

  /** Makes room for twice as many. */
  widen(): void {
    this.width *= 2;
    const live = new Int32Array(this.width);
    live.set(this.live);
    this.live = live;
  }
}
