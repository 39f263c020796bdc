import type { WaitingRequest } from './waiting-request.ts';

/** Waiting requests, the one that goes first on top. Each knows its place, so any of them leaves in O(log n). */
export class RequestHeap {
  readonly #items: WaitingRequest[] = [];

  get size(): number {
    return this.#items.length;
  }

  first(): WaitingRequest | undefined {
    return this.#items[0];
  }

  add(request: WaitingRequest): void {
    this.#items.push(request);
    this.#rise(request, this.#items.length - 1);
  }

  /** Takes out one that is in it. */
  remove(request: WaitingRequest): void {
    const index = request.heapIndex;
    request.heapIndex = -1;
    const last = this.#items.pop()!;
    if (last === request) return;
    const above = this.#items[(index - 1) >> 1];
    if (above !== undefined && last.isBefore(above)) this.#rise(last, index);
    else this.#sink(last, index);
  }

  #rise(request: WaitingRequest, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#items[parent]!;
      if (!request.isBefore(above)) break;
      this.#put(above, index);
      index = parent;
    }
    this.#put(request, index);
  }

  #sink(request: WaitingRequest, from: number): void {
    let index = from;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      let best = this.#items[left];
      if (best === undefined) break;
      let child = left;
      const other = this.#items[right];
      if (other?.isBefore(best)) {
        best = other;
        child = right;
      }
      if (!best.isBefore(request)) break;
      this.#put(best, index);
      index = child;
    }
    this.#put(request, index);
  }

  #put(request: WaitingRequest, index: number): void {
    this.#items[index] = request;
    request.heapIndex = index;
  }
}
