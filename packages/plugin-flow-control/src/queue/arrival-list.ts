/** Stands in one list at most, between those that came just before and after it. */
export interface Arrival<T> {
  older: T | undefined;
  newer: T | undefined;
}

/** Those who wait, in the order in which they came: those at its head have waited longest. */
export class ArrivalList<T extends Arrival<T>> {
  #oldest: T | undefined;
  #newest: T | undefined;

  get oldest(): T | undefined {
    return this.#oldest;
  }

  append(arrival: T): void {
    arrival.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = arrival;
    else this.#newest.newer = arrival;
    this.#newest = arrival;
  }

  remove(arrival: T): void {
    const { older, newer } = arrival;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    arrival.older = undefined;
    arrival.newer = undefined;
  }
}
