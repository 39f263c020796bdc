/** What can be in a heap: it knows its place there. */
export interface HeapItem<T> {
  /** -1 while it is in none. */
  heapIndex: number;
  isBefore(other: T): boolean;
}

/** Has the one that goes first on top. Each knows its place, so any of them leaves in O(log n). */
export class IndexedHeap<T extends HeapItem<T>> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    this.#items.push(item);
    this.#rise(item, this.#items.length - 1);
  }

  /** Takes out one that is in it. */
  remove(item: T): void {
    const index = item.heapIndex;
    item.heapIndex = -1;
    const last = this.#items.pop()!;
    if (last === item) return;
    const above = this.#items[(index - 1) >> 1];
    if (above !== undefined && last.isBefore(above)) this.#rise(last, index);
    else this.#sink(last, index);
  }

  #rise(item: T, from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#items[parent]!;
      if (!item.isBefore(above)) break;
      this.#put(above, index);
      index = parent;
    }
    this.#put(item, index);
  }

  #sink(item: T, from: number): void {
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
      if (!best.isBefore(item)) break;
      this.#put(best, index);
      index = child;
    }
    this.#put(item, index);
  }

  #put(item: T, index: number): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
