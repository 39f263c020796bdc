import { DecisionRecord } from './decision-record.ts';

/** Limits of the memory of recent decisions. */
export interface RecentOptions {
  /** How many decisions are remembered. Default 256, at least 1. */
  readonly decisions?: number;
  /** Bytes that their columns may take; with large pools fewer decisions are remembered. Default 16 MiB. */
  readonly bytes?: number;
}

/** Records that are kept for later decisions: as many as requests that wait at the same time, within reason. */
const MAX_IDLE = 64;

/** The recent decisions, oldest first. Records are used again for later decisions, so remembering costs no garbage. */
export class RecentDecisions {
  readonly #limit: number;
  readonly #byteLimit: number;
  readonly #ring: (DecisionRecord | undefined)[];
  #oldest = 0;
  #count = 0;
  #bytes = 0;
  readonly #idle: DecisionRecord[] = [];

  constructor(options: RecentOptions = {}) {
    this.#limit = Math.max(1, options.decisions ?? 256);
    this.#byteLimit = options.bytes ?? 16 * 1024 * 1024;
    this.#ring = new Array<DecisionRecord | undefined>(this.#limit);
  }

  /** A record for a decision that is about to be made. */
  take(): DecisionRecord {
    return this.#idle.pop() ?? new DecisionRecord();
  }

  /** Remembers a decision that was made, and forgets the oldest ones when there are too many, or too many bytes. */
  remember(record: DecisionRecord): void {
    if (this.#count === this.#limit) this.#forgetOldest();
    this.#ring[(this.#oldest + this.#count) % this.#limit] = record;
    this.#count++;
    this.#bytes += record.bytes;
    while (this.#bytes > this.#byteLimit && this.#count > 1) this.#forgetOldest();
  }

  /** Takes back the record of a request that came to no decision. */
  dismiss(record: DecisionRecord): void {
    this.#keepForLater(record);
  }

  #forgetOldest(): void {
    const record = this.#ring[this.#oldest];
    this.#ring[this.#oldest] = undefined;
    this.#oldest = (this.#oldest + 1) % this.#limit;
    this.#count--;
    if (record === undefined) return;
    this.#bytes -= record.bytes;
    this.#keepForLater(record);
  }

  #keepForLater(record: DecisionRecord): void {
    record.sequence = 0;
    if (this.#idle.length < MAX_IDLE) this.#idle.push(record);
  }

  /** Newest first. */
  list(limit = this.#count): readonly DecisionRecord[] {
    const records: DecisionRecord[] = [];
    for (let i = 1; i <= Math.min(limit, this.#count); i++) {
      const record = this.#ring[(this.#oldest + this.#count - i) % this.#limit];
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  find(id: string): DecisionRecord | undefined {
    return this.list().find((record) => record.id === id);
  }
}
