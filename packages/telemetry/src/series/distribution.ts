/** The numbers of a histogram: how many values lay under each bound, and their sum. */
export class Distribution {
  /** Upper bounds of the buckets, ascending; the last bucket has none. */
  readonly bounds: readonly number[];
  /** By bucket, not added up. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum += value;
  }

  /** @returns both together; `other` must have the same bounds */
  plus(other: Distribution): Distribution {
    const both = new Distribution(this.bounds);
    for (let i = 0; i < both.counts.length; i++) both.counts[i] = this.counts[i]! + other.counts[i]!;
    both.sum = this.sum + other.sum;
    return both;
  }
}
