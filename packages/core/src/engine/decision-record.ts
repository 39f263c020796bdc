import type { Endpoint } from '../contract/endpoint.ts';
import type { Outcome } from '../contract/outcome.ts';
import { ProfileRecord } from './profile-record.ts';

/** Stages that are timed, in order. */
export const STAGES = ['preCall', 'admit', 'prepare', 'filter', 'score', 'scoring', 'pick', 'postChoice'] as const;

/** A plugin that remarks on every token must not fill the memory. */
const MAX_REMARKS = 100;

/** Everything that is remembered of one decision. Belongs to the ring, which uses it again for a later decision. */
export class DecisionRecord {
  /** Sequence number of the decision that it holds now; an older decision finds its record gone. */
  sequence = 0;
  requestId = '';
  model = '';
  pool = '';
  seed = '';
  startedAt = 0;
  primaryProfile = '';
  readonly profiles: ProfileRecord[] = [];
  profileCount = 0;
  readonly companions: { role: string; endpoint: string }[] = [];
  readonly fallbacks: Endpoint[] = [];
  readonly faults: { plugin: string; stage: string; message: string }[] = [];
  readonly notes: { plugin: string; text: string }[] = [];
  /** Endpoints that were tried, and why each but the last was left. */
  readonly attempts: Endpoint[] = [];
  readonly leftBecause: string[] = [];
  /** False until a target was found. */
  isDecided = false;
  readonly timings = new Float64Array(STAGES.length);
  outcome: Outcome | undefined;

  begin(sequence: number, pool: string, seed: string, requestId: string, model: string, now: number): void {
    this.sequence = sequence;
    this.pool = pool;
    this.seed = seed;
    this.requestId = requestId;
    this.model = model;
    this.startedAt = now;
    this.primaryProfile = '';
    this.profileCount = 0;
    this.isDecided = false;
    empty(this.companions);
    empty(this.fallbacks);
    empty(this.faults);
    empty(this.notes);
    empty(this.attempts);
    empty(this.leftBecause);
    this.timings.fill(0);
    this.outcome = undefined;
  }

  /** `pool:sequence`, unique in a process. */
  get id(): string {
    return decisionId(this.pool, this.sequence);
  }

  nextProfile(): ProfileRecord {
    let profile = this.profiles[this.profileCount];
    if (profile === undefined) {
      profile = new ProfileRecord();
      this.profiles.push(profile);
    }
    this.profileCount++;
    return profile;
  }

  addNote(plugin: string, text: string): void {
    if (this.notes.length < MAX_REMARKS) this.notes.push({ plugin, text });
  }

  addFault(plugin: string, stage: string, message: string): void {
    if (this.faults.length < MAX_REMARKS) this.faults.push({ plugin, stage, message });
  }

  addTiming(stage: number, elapsedMs: number): void {
    this.timings[stage] = this.timings[stage]! + elapsedMs;
  }

  get bytes(): number {
    let bytes = 0;
    for (const profile of this.profiles) bytes += profile.bytes;
    return bytes;
  }
}

export function decisionId(pool: string, sequence: number): string {
  return `${pool}:${sequence}`;
}

/** Setting the length of an array that is empty already is not free. */
function empty(list: unknown[]): void {
  if (list.length > 0) list.length = 0;
}
