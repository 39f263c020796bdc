/** A sample this many times above or below what was expected is taken for an outlier and cut down to it. */
const OUTLIER_RATIO = 2;
/** So many outliers on the same side, one after the other, are no outliers: the endpoint has another speed now. */
const OUTLIERS_OF_A_JUMP = 3;
/** What is left of the weight of the past after a jump. */
const KEPT_AFTER_JUMP = 0.03;
/** Pulls the term that is zero by default towards zero, so that samples which are all alike have one answer. */
const RIDGE = 0.01;
/** Larger numbers are no tokens and no milliseconds; their squares must stay numbers. */
const MOST = 1e9;

/** From so many samples on, a row is taken at its word. */
export const ENOUGH_SAMPLES = 3;

/** Which part of the line is zero unless samples say otherwise. */
export type DefaultZero = 'fixed' | 'slope';

/** How a sample was taken. */
export type Lesson = 'unusable' | 'learned' | 'outlier' | 'jump';

/**
 * Learns y = fixed + slope * x for each row by weighted least squares, from one sample at a time: eleven numbers a row,
 * however many samples. Both terms are at least 0. Older samples fade. Samples count by their relative error, so that one
 * of many tokens does not outweigh all others; outliers are cut down, and several in a row move the line at once.
 */
export class SpeedFit {
  readonly #defaultZero: DefaultZero;
  readonly #flatUpTo: number;
  #capacity = 0;
  /** Milliseconds at x = 0. */
  fixed = new Float64Array(0);
  /** Milliseconds for each x. */
  slope = new Float64Array(0);
  /** Samples since the row was reset. */
  samples = new Float64Array(0);
  /** When the last one came, in milliseconds since the epoch. */
  #heardAt = new Float64Array(0);
  #w = new Float64Array(0);
  #wx = new Float64Array(0);
  #wxx = new Float64Array(0);
  #wy = new Float64Array(0);
  #wxy = new Float64Array(0);
  /** Outliers in a row: positive above, negative below. */
  #streak = new Float64Array(0);
  /** The mildest ratio among them. */
  #streakRatio = new Float64Array(0);

  /** @param flatUpTo up to about this x a sample counts the same; beyond it less, by the square */
  constructor(defaultZero: DefaultZero, flatUpTo: number) {
    this.#defaultZero = defaultZero;
    this.#flatUpTo = flatUpTo;
  }

  grow(capacity: number): void {
    if (capacity <= this.#capacity) return;
    this.#capacity = capacity;
    const grown = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const next = new Float64Array(capacity);
      next.set(old);
      return next;
    };
    this.fixed = grown(this.fixed);
    this.slope = grown(this.slope);
    this.samples = grown(this.samples);
    this.#heardAt = grown(this.#heardAt);
    this.#w = grown(this.#w);
    this.#wx = grown(this.#wx);
    this.#wxx = grown(this.#wxx);
    this.#wy = grown(this.#wy);
    this.#wxy = grown(this.#wxy);
    this.#streak = grown(this.#streak);
    this.#streakRatio = grown(this.#streakRatio);
  }

  reset(row: number): void {
    for (const column of [this.fixed, this.slope, this.samples, this.#heardAt, this.#streak]) column[row] = 0;
    for (const column of [this.#w, this.#wx, this.#wxx, this.#wy, this.#wxy]) column[row] = 0;
  }

  isKnown(row: number): boolean {
    return this.samples[row]! >= ENOUGH_SAMPLES;
  }

  /** Milliseconds since the last sample; infinite when there was none. */
  silence(row: number, now: number): number {
    return this.samples[row]! > 0 ? Math.max(0, now - this.#heardAt[row]!) : Number.POSITIVE_INFINITY;
  }

  /**
   * @param weight 0..1, how much the sample says
   * @param memory samples after which one has faded to about a third
   * @param trustAtOnce true when the past is so old that one sample says more than it
   */
  learn(row: number, x: number, y: number, weight: number, memory: number, trustAtOnce: boolean, now: number): Lesson {
    if (!(x >= 0 && y >= 0 && x <= MOST && y <= MOST && weight > 0)) return 'unusable';
    let lesson: Lesson = 'learned';
    let value = y;
    const expected = this.fixed[row]! + this.slope[row]! * x;
    if (this.isKnown(row) && expected > 0) {
      const ratio = y / expected;
      if (ratio <= OUTLIER_RATIO && ratio >= 1 / OUTLIER_RATIO) {
        this.#streak[row] = 0;
      } else if (this.#isJump(row, ratio) || trustAtOnce) {
        this.#jump(row);
        lesson = 'jump';
      } else {
        value = ratio > 1 ? expected * OUTLIER_RATIO : expected / OUTLIER_RATIO;
        lesson = 'outlier';
      }
    }
    const near = this.#flatUpTo / (this.#flatUpTo + x);
    this.#fade(row, 1 - 1 / memory);
    const w = weight * near * near;
    this.#w[row] = this.#w[row]! + w;
    this.#wx[row] = this.#wx[row]! + w * x;
    this.#wxx[row] = this.#wxx[row]! + w * x * x;
    this.#wy[row] = this.#wy[row]! + w * value;
    this.#wxy[row] = this.#wxy[row]! + w * x * value;
    this.samples[row] = this.samples[row]! + 1;
    this.#heardAt[row] = now;
    this.#solve(row);
    return lesson;
  }

  #isJump(row: number, ratio: number): boolean {
    const side = ratio > 1 ? 1 : -1;
    const streak = this.#streak[row]!;
    const goesOn = streak * side > 0;
    const before = goesOn ? this.#streakRatio[row]! : ratio;
    this.#streak[row] = goesOn ? streak + side : side;
    this.#streakRatio[row] = side > 0 ? Math.min(before, ratio) : Math.max(before, ratio);
    return Math.abs(this.#streak[row]!) >= OUTLIERS_OF_A_JUMP;
  }

  /**
   * The whole line moves by the mildest ratio that was seen, and what comes next counts much: its form is kept until then.
   * When the next sample is as far off again, the line moves again at once.
   */
  #jump(row: number): void {
    const ratio = this.#streakRatio[row]!;
    this.#streak[row] = ratio > 1 ? OUTLIERS_OF_A_JUMP - 1 : 1 - OUTLIERS_OF_A_JUMP;
    this.#streakRatio[row] = ratio > 1 ? Number.POSITIVE_INFINITY : 0;
    this.#fade(row, KEPT_AFTER_JUMP);
    this.#wy[row] = this.#wy[row]! * ratio;
    this.#wxy[row] = this.#wxy[row]! * ratio;
  }

  #fade(row: number, keep: number): void {
    this.#w[row] = this.#w[row]! * keep;
    this.#wx[row] = this.#wx[row]! * keep;
    this.#wxx[row] = this.#wxx[row]! * keep;
    this.#wy[row] = this.#wy[row]! * keep;
    this.#wxy[row] = this.#wxy[row]! * keep;
  }

  #solve(row: number): void {
    let w = this.#w[row]!;
    const wx = this.#wx[row]!;
    let wxx = this.#wxx[row]!;
    const wy = this.#wy[row]!;
    const wxy = this.#wxy[row]!;
    if (this.#defaultZero === 'fixed') w *= 1 + RIDGE;
    else wxx *= 1 + RIDGE;
    const determinant = w * wxx - wx * wx;
    let fixed = determinant > 0 ? (wy * wxx - wx * wxy) / determinant : wy / w;
    let slope = determinant > 0 ? (w * wxy - wx * wy) / determinant : 0;
    if (fixed < 0) {
      fixed = 0;
      slope = wxy / wxx;
    } else if (slope < 0) {
      slope = 0;
      fixed = wy / w;
    }
    this.fixed[row] = fixed;
    this.slope[row] = slope;
  }
}
