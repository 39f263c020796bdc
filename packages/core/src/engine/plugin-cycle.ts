import type { AdmissionCycle } from '../contract/admission.ts';
import type { CandidateWriter } from '../contract/columns.ts';
import type { DataKey } from '../contract/data-key.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { RequestSink } from '../contract/fetcher.ts';
import type { PreCallCycle } from '../contract/hooks.ts';
import type { Random } from '../contract/random.ts';
import type { InferenceRequest } from '../contract/request.ts';
import { CandidateRows } from './candidate-rows.ts';
import type { RequestCycle } from './cycle.ts';
import { type Instance, requireRead } from './instance.ts';
import { undeclared } from './undeclared.ts';

/**
 * One request as one preCall or admission hook or request fetcher sees it, and where that plugin writes. They may take their time, and
 * fetchers run side by side, so each has its own: remarks keep their author over a wait. Closed when the plugin's time is
 * over: later writes reach nobody.
 */
export class PluginCycle implements PreCallCycle, AdmissionCycle, RequestSink {
  readonly #cycle: RequestCycle;
  readonly #instance: Instance;
  #isOpen = true;

  constructor(cycle: RequestCycle, instance: Instance) {
    this.#cycle = cycle;
    this.#instance = instance;
  }

  close(): void {
    this.#isOpen = false;
  }

  get request(): InferenceRequest {
    return this.#cycle.request;
  }

  get sequence(): number {
    return this.#cycle.sequence;
  }

  get now(): number {
    return this.#cycle.now;
  }

  get isDryRun(): boolean {
    return this.#cycle.isDryRun;
  }

  get random(): Random {
    return this.#cycle.random;
  }

  get profile(): string {
    return '';
  }

  get(key: DataKey): never {
    requireRead(this.#instance, key);
    return this.#cycle.valueOf(key);
  }

  valueOf(key: DataKey): never {
    return this.#cycle.valueOf(key);
  }

  /** For the columns that the plugin got at its creation. */
  candidateRows(keyId: string): CandidateRows | undefined {
    return this.#cycle.candidateRows(keyId);
  }

  endpoints(): readonly Endpoint[] {
    // Later it is too late to take part in.
    if (this.#isOpen) this.#cycle.refreshSnapshot();
    return this.#cycle.considered.endpoints;
  }

  onAbandoned(fn: () => void): void {
    if (this.#cycle.isAbandoned) fn();
    else this.#cycle.whenAbandoned(fn);
  }

  note(text: string): void {
    this.#cycle.liveRecord?.addNote(this.#instance.name, text);
  }

  set(key: DataKey, value: unknown): void {
    this.#require(key);
    if (this.#accepts(key)) this.#cycle.set(key, value);
  }

  setCandidate(endpoint: Endpoint, key: DataKey, value: unknown): void {
    this.#require(key);
    if (this.#accepts(key)) this.#cycle.writableRows(key.id)?.set(endpoint.row, value);
  }

  candidates(key: DataKey): CandidateWriter<never> {
    this.#require(key);
    const rows = this.#accepts(key) ? this.#cycle.writableRows(key.id) : new CandidateRows(key, 0);
    return rows as unknown as CandidateWriter<never>;
  }

  #accepts(key: DataKey): boolean {
    return this.#isOpen && !this.#cycle.isAbandoned && !this.#cycle.isPinned(key.id);
  }

  #require(key: DataKey): void {
    if (this.#instance.requestWrites.includes(key.id)) return;
    throw undeclared(this.#instance.name, 'writes', key, 'writes');
  }
}
