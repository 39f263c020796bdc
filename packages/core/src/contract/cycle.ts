import type { DataKey, ValueOf } from './data-key.ts';
import type { Random } from './random.ts';
import type { InferenceRequest } from './request.ts';

export type Keys = readonly DataKey[];

export type RequestKeysOf<R extends Keys> = Extract<R[number], { readonly scope: 'request' }>;
export type EndpointKeysOf<R extends Keys> = Extract<R[number], { readonly scope: 'endpoint' | 'candidate' }>;
export type CandidateKeysOf<R extends Keys> = Extract<R[number], { readonly scope: 'candidate' }>;

/** One request on its way to a decision, as a plugin that declared the reads `R` sees it. */
export interface Cycle<R extends Keys = Keys> {
  readonly request: InferenceRequest;
  /** Number of this decision, counted from 1 in each pool. */
  readonly sequence: number;
  /** When the decision began, in milliseconds since the epoch. The same for every plugin. */
  readonly now: number;
  /** True when the decision is only asked for and nobody will act upon it: learn nothing from this request. */
  readonly isDryRun: boolean;
  /** Chance, seeded for this decision alone. */
  readonly random: Random;
  /** Name of the profile that is running; empty outside of profiles. */
  readonly profile: string;
  /** Reads request data. Only keys that the plugin declared. */
  get<K extends RequestKeysOf<R>>(key: K): ValueOf<K>;
  /** Adds a remark to the explanation of this decision. */
  note(text: string): void;
}

/** An endpoint with the data that a plugin declared. One object is moved from endpoint to endpoint: do not keep it. */
export interface EndpointView<R extends Keys = Keys> {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Reads endpoint or candidate data. Only keys that the plugin declared. */
  get<K extends EndpointKeysOf<R>>(key: K): ValueOf<K>;
}
