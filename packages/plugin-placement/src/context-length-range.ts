/** Ranges of context lengths, from labels such as `0-8192`, remembered by row until the label changes. */
export class ContextLengthRanges {
  readonly #texts: (string | undefined)[] = [];
  #bounds = new Float64Array(32);

  /** Lowest length in tokens; NaN when the label is no range. */
  min(row: number): number {
    return this.#bounds[2 * row]!;
  }

  max(row: number): number {
    return this.#bounds[2 * row + 1]!;
  }

  /** Makes sure that the row's bounds are those of this label. */
  read(row: number, label: string): void {
    if (this.#texts[row] === label) return;
    if (this.#bounds.length < 2 * (row + 1)) {
      const wider = new Float64Array(4 * (row + 1));
      wider.set(this.#bounds);
      this.#bounds = wider;
    }
    const [min, max] = parseRange(label);
    this.#bounds[2 * row] = min;
    this.#bounds[2 * row + 1] = max;
    this.#texts[row] = label;
  }
}

const RANGE = /^\s*\+?(\d+)\s*-\s*\+?(\d+)\s*$/;
const NO_RANGE = [Number.NaN, Number.NaN] as const;

function parseRange(label: string): readonly [min: number, max: number] {
  const match = RANGE.exec(label);
  if (match === null) return NO_RANGE;
  const min = Number(match[1]);
  const max = Number(match[2]);
  return min <= max && Number.isSafeInteger(max) ? [min, max] : NO_RANGE;
}
