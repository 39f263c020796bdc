import type { DataKey } from '../contract/data-key.ts';
import type { CandidateRowsPool } from './candidate-rows.ts';
import type { EndpointColumn } from './data-store.ts';
import type { Instance } from './instance.ts';

/** A profile, ready to run. */
export interface CompiledProfile {
  readonly name: string;
  readonly filters: readonly Instance[];
  readonly scorers: readonly Instance[];
  /** Parallel to `scorers`. */
  readonly weights: readonly number[];
  readonly picker: Instance;
  /** One endpoint column of each writer whose data this profile reads: tells how old the data was. */
  readonly ageColumns: readonly EndpointColumn[];
  /** Parallel to `ageColumns`. */
  readonly ageWriters: readonly string[];
}

/** A polling fetcher with its extractors. */
export interface CompiledSource {
  readonly fetcher: Instance;
  readonly extractors: readonly Instance[];
}

/** One configuration of a pool, checked and wired: instances by the stage in which they run. Never changed. */
export interface Graph {
  readonly instances: ReadonlyMap<string, Instance>;
  readonly profiles: ReadonlyMap<string, CompiledProfile>;
  /** Set when there is no other. */
  readonly onlyProfile: CompiledProfile | undefined;
  readonly profileNames: readonly string[];
  readonly handler: Instance | undefined;
  readonly preCall: readonly Instance[];
  readonly admit: readonly Instance[];
  /** Request fetchers by level: those of one level need nothing from each other. */
  readonly prepare: readonly (readonly Instance[])[];
  readonly scoring: readonly Instance[];
  readonly postChoice: readonly Instance[];
  readonly progress: readonly Instance[];
  readonly afterResponse: readonly Instance[];
  /** True when one of them reads what only the body of a response tells. */
  readonly readsResponseBody: boolean;
  readonly sources: readonly CompiledSource[];
  readonly streams: readonly Instance[];
  /** Ids of the request data that is forgotten when the answer begins. */
  readonly untilAnswered: readonly string[];
  readonly requestKeys: ReadonlyMap<string, DataKey>;
  readonly candidatePools: readonly CandidateRowsPool[];
  candidateSlot(keyId: string): number | undefined;
}
