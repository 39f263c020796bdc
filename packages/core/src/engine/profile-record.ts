import type { Candidates } from '../contract/candidates.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { Drop } from '../contract/errors.ts';
import type { Drops } from '../contract/filter.ts';
import type { ScoreBoard } from '../contract/hooks.ts';
import { EMPTY_SNAPSHOT, type Snapshot } from './endpoint-table.ts';
import type { CompiledProfile } from './graph.ts';
import type { Instance } from './instance.ts';

/** The working columns of one profile run. Kept by the ring afterwards: they are the explanation. */
export class ProfileRecord implements Candidates, Drops, ScoreBoard {
  compiled: CompiledProfile | undefined;
  snapshot: Snapshot = EMPTY_SNAPSHOT;
  length = 0;
  /** Positions in the snapshot of everything that the first filter saw. Undefined: the whole snapshot. */
  considered: Int32Array | undefined;
  positions = new Int32Array(0);
  rows = new Int32Array(0);
  totals = new Float64Array(0);
  order = new Int32Array(0);
  pickedCount = 0;
  raw: Float64Array[] = [];
  /** Written-at times of the candidates' data, one array for each writer of the profile. */
  ages: Float64Array[] = [];

  readonly dropPositions: number[] = [];
  readonly dropFilters: number[] = [];
  readonly dropReasons: string[] = [];
  /** Candidates left after each filter. */
  readonly kept: number[] = [];
  readonly adjustIndices: number[] = [];
  readonly adjustDeltas: number[] = [];
  readonly adjustReasons: string[] = [];
  readonly adjustPlugins: string[] = [];
  /** The total before each adjustment, so that it can be taken back to the last bit. */
  readonly #adjustedFrom: number[] = [];

  /** Reasons of the filter that is running, by candidate index. */
  readonly #pending: (string | undefined)[] = [];
  #pendingCount = 0;
  /** The scoring hook that is running, and how many adjustments there were before it. */
  #adjuster: Instance | undefined;
  #adjustmentsBefore = 0;

  begin(compiled: CompiledProfile, snapshot: Snapshot, considered: Int32Array | undefined): void {
    this.compiled = compiled;
    this.snapshot = snapshot;
    this.considered = considered;
    const count = considered?.length ?? snapshot.endpoints.length;
    this.#ensure(count, compiled);
    this.length = count;
    if (considered === undefined) {
      for (let i = 0; i < count; i++) this.positions[i] = i;
      this.rows.set(snapshot.rows);
    } else {
      for (let i = 0; i < count; i++) {
        const position = considered[i]!;
        this.positions[i] = position;
        this.rows[i] = snapshot.rows[position]!;
      }
    }
    this.pickedCount = 0;
    if (this.kept.length > 0) {
      this.kept.length = 0;
      this.dropPositions.length = 0;
      this.dropFilters.length = 0;
      this.dropReasons.length = 0;
    }
    if (this.adjustIndices.length > 0) this.#keepAdjustments(0);
    // Nothing that a filter drops after its call may reach the next request.
    if (this.#pendingCount > 0) this.discardDrops();
  }

  #ensure(count: number, compiled: CompiledProfile): void {
    if (this.positions.length < count) {
      const size = Math.ceil(count / 16) * 16;
      this.positions = new Int32Array(size);
      this.rows = new Int32Array(size);
      this.totals = new Float64Array(size);
      this.order = new Int32Array(size);
      this.raw = [];
      this.ages = [];
    }
    while (this.raw.length < compiled.scorers.length) this.raw.push(new Float64Array(this.positions.length));
    while (this.ages.length < compiled.ageColumns.length) this.ages.push(new Float64Array(this.positions.length));
  }

  /** Bytes held by the columns. */
  get bytes(): number {
    return this.positions.length * (4 * 3 + 8 * (1 + this.raw.length + this.ages.length));
  }

  get profile(): string {
    return this.compiled?.name ?? '';
  }

  get candidates(): Candidates {
    return this;
  }

  endpoint(index: number): Endpoint {
    const endpoint = this.snapshot.endpoints[this.positions[index] ?? -1];
    if (index >= this.length || endpoint === undefined) throw new RangeError(`no candidate ${index} of ${this.length}`);
    return endpoint;
  }

  // Filters

  drop(index: number, reason: string): void {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`dropped candidate ${index} of ${this.length}`);
    if (this.#pending[index] === undefined) this.#pendingCount++;
    this.#pending[index] = reason;
  }

  /** Undoes the drops of the filter that is running. */
  discardDrops(): void {
    this.#pending.length = 0;
    this.#pendingCount = 0;
  }

  /** Takes out what the filter that is running has dropped. */
  applyDrops(filter: number): void {
    if (this.#pendingCount > 0) {
      let kept = 0;
      for (let i = 0; i < this.length; i++) {
        const reason = this.#pending[i];
        const position = this.positions[i]!;
        if (reason === undefined) {
          this.positions[kept] = position;
          this.rows[kept] = this.rows[i]!;
          kept++;
        } else {
          this.dropPositions.push(position);
          this.dropFilters.push(filter);
          this.dropReasons.push(reason);
        }
      }
      this.length = kept;
      this.discardDrops();
    }
    this.kept.push(this.length);
  }

  /** Everything that was dropped, in order. */
  drops(): readonly Drop[] {
    return this.dropPositions.map((position, i) => ({
      endpoint: this.snapshot.endpoints[position]!.id,
      filter: this.compiled!.filters[this.dropFilters[i]!]!.name,
      reason: this.dropReasons[i]!,
    }));
  }

  // Scoring hooks

  total(index: number): number {
    return index < this.length ? this.totals[index]! : Number.NaN;
  }

  adjust(index: number, delta: number, reason: string): void {
    if (this.#adjuster === undefined) throw new Error('adjusted a total outside of the scoring hook that received it');
    if (!(index >= 0 && index < this.length)) throw new RangeError(`adjusted candidate ${index} of ${this.length}`);
    if (!Number.isFinite(delta)) throw new RangeError(`adjusted by ${delta}`);
    const total = this.totals[index]!;
    this.totals[index] = total + delta;
    this.#adjustedFrom.push(total);
    this.adjustIndices.push(index);
    this.adjustDeltas.push(delta);
    this.adjustReasons.push(reason);
    this.adjustPlugins.push(this.#adjuster.name);
  }

  beginAdjusting(hook: Instance): void {
    this.#adjuster = hook;
    this.#adjustmentsBefore = this.adjustIndices.length;
  }

  endAdjusting(): void {
    this.#adjuster = undefined;
  }

  /** Undoes the adjustments of the hook that is running. */
  discardAdjustments(): void {
    for (let i = this.adjustIndices.length - 1; i >= this.#adjustmentsBefore; i--) {
      this.totals[this.adjustIndices[i]!] = this.#adjustedFrom[i]!;
    }
    this.#keepAdjustments(this.#adjustmentsBefore);
  }

  #keepAdjustments(count: number): void {
    this.adjustIndices.length = count;
    this.adjustDeltas.length = count;
    this.adjustReasons.length = count;
    this.adjustPlugins.length = count;
    this.#adjustedFrom.length = count;
  }
}
