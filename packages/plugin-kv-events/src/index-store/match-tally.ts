/** What a look-up found, by column. One object is used for all look-ups. */
export class MatchTally {
  /** Blocks at the beginning of the prompts that the endpoint has, summed over prompts. */
  blocks = new Int32Array(0);
  /** The same, each block times the weight of the best tier that it lies in. */
  weighted = new Float64Array(0);

  /** Begins anew, for so many columns. */
  restart(columns: number): void {
    if (this.blocks.length < columns) {
      this.blocks = new Int32Array(columns);
      this.weighted = new Float64Array(columns);
    } else {
      this.blocks.fill(0);
      this.weighted.fill(0);
    }
  }

  /** Counts `run` blocks for all columns that are bits of `word`, the `w`-th. */
  add(word: number, w: number, run: number, weight: number): void {
    for (let left = word; left !== 0; left &= left - 1) {
      const column = 32 * w + 31 - Math.clz32(left & -left);
      this.blocks[column]! += run;
      this.weighted[column]! += run * weight;
    }
  }
}
