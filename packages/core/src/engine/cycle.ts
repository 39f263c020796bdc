import type { DataKey } from '../contract/data-key.ts';
import type { Release } from '../contract/decision.ts';
import type { PointsmanError } from '../contract/errors.ts';
import type { PreCallCycle } from '../contract/hooks.ts';
import type { HandlerCycle } from '../contract/profile-handler.ts';
import type { Random } from '../contract/random.ts';
import type { InferenceRequest } from '../contract/request.ts';
import type { CandidateRows } from './candidate-rows.ts';
import { considerSubset } from './consider-subset.ts';
import type { DecisionRecord } from './decision-record.ts';
import type { Considered, EndpointTable, Snapshot } from './endpoint-table.ts';
import type { Graph } from './graph.ts';
import { type Instance, requireRead } from './instance.ts';
import { SeededRandom } from './seeded-random.ts';

/** One request on its way to a decision: its data, its chance, and the record that is being filled. */
export class RequestCycle implements PreCallCycle, HandlerCycle {
  readonly request: InferenceRequest;
  readonly sequence: number;
  readonly now: number;
  readonly isDryRun: boolean;
  readonly graph: Graph;
  readonly record: DecisionRecord;
  /** Endpoints at the start; taken anew once the asynchronous part is over. */
  snapshot: Snapshot;
  considered: Considered;
  profile = '';
  /** The plugin that is running: remarks and faults are its own. */
  running: Instance | undefined;
  /** The first of a filter. Holds if no profile finds an endpoint. */
  rejection: PointsmanError | undefined;

  readonly #seed: number;
  readonly #table: EndpointTable;
  #incarnations: number;
  #random: SeededRandom | undefined;
  #requestData: Map<string, unknown> | undefined;
  readonly #candidates: (CandidateRows | undefined)[];
  /** Keys whose data the caller gave: writes to them are ignored. */
  #pinned: Set<string> | undefined;
  #whenAbandoned: (() => void)[] | undefined;
  #whenSettled: Release[] | undefined;
  /** True once nobody waits for a decision any more, although plugins may still be at work. */
  isAbandoned = false;

  constructor(
    request: InferenceRequest,
    sequence: number,
    now: number,
    seed: number,
    graph: Graph,
    table: EndpointTable,
    record: DecisionRecord,
    isDryRun: boolean,
  ) {
    this.request = request;
    this.sequence = sequence;
    this.now = now;
    this.graph = graph;
    this.record = record;
    this.isDryRun = isDryRun;
    this.snapshot = table.snapshot;
    this.considered = considerSubset(this.snapshot, request.subset);
    // Made to measure: an array that grows from nothing takes room for many more.
    this.#candidates = new Array<CandidateRows | undefined>(graph.candidatePools.length);
    this.#seed = seed;
    this.#table = table;
    this.#incarnations = table.incarnations;
  }

  get profiles(): readonly string[] {
    return this.graph.profileNames;
  }

  get random(): Random {
    this.#random ??= new SeededRandom(this.#seed, this.sequence);
    return this.#random;
  }

  get(key: DataKey): never {
    if (this.running !== undefined) requireRead(this.running, key);
    return this.valueOf(key);
  }

  /** The value for whoever is known to have declared the key. */
  valueOf(key: DataKey): never {
    const value = this.#requestData?.get(key.id);
    return (value === undefined ? key.fallback : value) as never;
  }

  set(key: DataKey, value: unknown): void {
    if (this.#pinned?.has(key.id)) return;
    this.#requestData ??= new Map();
    this.#requestData.set(key.id, value);
  }

  /** The record, as long as it is this decision's; a forgotten decision finds another's in its place. */
  get liveRecord(): DecisionRecord | undefined {
    return this.record.sequence === this.sequence ? this.record : undefined;
  }

  note(text: string): void {
    this.liveRecord?.addNote(this.running?.name ?? '', text);
  }

  /** Runs `fn` if the request is abandoned. */
  whenAbandoned(fn: () => void): void {
    this.#whenAbandoned ??= [];
    this.#whenAbandoned.push(fn);
  }

  /** Nobody waits any more. The candidate arrays are given up: plugins that are still at work may hold them. */
  abandon(): void {
    this.isAbandoned = true;
    this.#candidates.fill(undefined);
    for (const fn of this.#whenAbandoned ?? []) fn();
  }

  /** Data from the caller: takes the place of whatever a plugin would write. */
  pin(key: DataKey): void {
    this.#pinned ??= new Set();
    this.#pinned.add(key.id);
  }

  isPinned(keyId: string): boolean {
    return this.#pinned?.has(keyId) === true;
  }

  /** What was written for this request under a candidate key. */
  candidateRows(keyId: string): CandidateRows | undefined {
    const slot = this.graph.candidateSlot(keyId);
    return slot === undefined ? undefined : this.#candidates[slot];
  }

  candidateRowsAt(slot: number): CandidateRows | undefined {
    return this.#candidates[slot];
  }

  /** The rows to write a candidate key to. Undefined when no plugin in this graph reads or writes it. */
  writableRows(keyId: string): CandidateRows | undefined {
    const slot = this.graph.candidateSlot(keyId);
    if (slot === undefined) return undefined;
    const rows = this.#candidates[slot];
    if (rows !== undefined && rows.capacity >= this.#table.capacity) return rows;
    const wider = this.graph.candidatePools[slot]!.take(this.#table.capacity);
    if (rows !== undefined) {
      for (const row of this.snapshot.rows) if (rows.has(row)) wider.set(row, rows.get(row));
    }
    this.#candidates[slot] = wider;
    return wider;
  }

  /** Makes data absent that a plugin wrote but did not finish. Its arrays are given up: a late write reaches nobody. */
  discard(keyIds: readonly string[]): void {
    for (const id of keyIds) {
      if (this.isPinned(id)) continue;
      this.#requestData?.delete(id);
      const slot = this.graph.candidateSlot(id);
      if (slot !== undefined) this.#candidates[slot] = undefined;
    }
  }

  /** Looks at the endpoints anew after a wait. Rows that were taken by newcomers lose what was written for others. */
  refreshSnapshot(): void {
    const before = this.snapshot;
    this.snapshot = this.#table.snapshot;
    if (before === this.snapshot) return;
    this.considered = considerSubset(this.snapshot, this.request.subset);
    if (this.#incarnations === this.#table.incarnations) return;
    for (const endpoint of this.snapshot.endpoints) {
      if (endpoint.incarnation <= this.#incarnations) continue;
      for (const rows of this.#candidates) rows?.forget(endpoint.row);
    }
    this.#incarnations = this.#table.incarnations;
  }

  /** Lets who admitted the request know when it has got its place or none. */
  onSettled(release: Release): void {
    this.#whenSettled ??= [];
    this.#whenSettled.push(release);
  }

  /** The request has got its place or none. */
  settle(): void {
    const releases = this.#whenSettled;
    this.#whenSettled = undefined;
    for (const release of releases ?? []) release();
  }

  /** The answer has begun: what was only needed to decide is let go. */
  answered(): void {
    this.releaseCandidates();
    // Ours: callers gave their own object.
    (this.request as { payload: unknown }).payload = undefined;
    if (this.#requestData === undefined) return;
    for (const id of this.graph.untilAnswered) this.#requestData.delete(id);
  }

  /** Gives the candidate arrays back once the decision is made. */
  releaseCandidates(): void {
    for (let slot = 0; slot < this.#candidates.length; slot++) {
      const rows = this.#candidates[slot];
      if (rows === undefined) continue;
      this.#candidates[slot] = undefined;
      this.graph.candidatePools[slot]!.put(rows);
    }
  }
}
