/** What to do with a message, by its number. */
export type Verdict = 'apply' | 'ignore' | 'gap' | 'restart';

/** Follows the numbers of one publisher's messages, which count up by one. */
export class EventOrder {
  /** Number of the last message that was taken in; -1 for none. */
  last = -1;
  #lastLive = -1;

  /** @param number of a message that has come by itself, not as a part of a replay */
  judge(number: number): Verdict {
    if (number < this.#lastLive) {
      // A publisher sends in order; so it is another one, which counts anew.
      this.#lastLive = number;
      this.last = -1;
      return 'restart';
    }
    if (number === this.#lastLive) return 'ignore';
    this.#lastLive = number;
    if (this.last === -1 || number === this.last + 1) return 'apply';
    return number <= this.last ? 'ignore' : 'gap';
  }
}
