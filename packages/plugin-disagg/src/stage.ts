import type {
  CandidateColumn,
  CandidateRecords,
  Cycle,
  Endpoint,
  HandlerCycle,
  ProfileResult,
  RunProfile,
} from '@pointsman/core';

/** What a decider says of each candidate. */
export type Verdicts = CandidateColumn<CandidateRecords<'verdict'>>;

export interface StageOptions {
  /** What its endpoints do, such as `prefill`. */
  readonly role: string;
  readonly profile: string;
  /** Instance name of the decider. */
  readonly decider: string | undefined;
  /** Undefined without a decider. */
  readonly verdicts: Verdicts | undefined;
}

/** A stage that another endpoint may take over. Says in the explanation why nobody does. */
export class Stage {
  readonly #profile: string;
  readonly #verdicts: Verdicts | undefined;
  readonly #refused: string;
  readonly #silent: string;
  readonly #nobody: string;

  constructor({ role, profile, decider, verdicts }: StageOptions) {
    this.#profile = profile;
    this.#verdicts = verdicts;
    this.#refused = `no ${role}: "${decider}" decided against it`;
    this.#silent = `no ${role}: "${decider}" said nothing`;
    this.#nobody = `no ${role}: profile "${profile}" found nobody`;
  }

  isConfigured(cycle: HandlerCycle): boolean {
    return cycle.profiles.includes(this.#profile);
  }

  /** @param endpoint the one that takes what the stage makes */
  isWanted(cycle: HandlerCycle, endpoint: Endpoint): boolean {
    if (this.#verdicts === undefined || !this.isConfigured(cycle)) return false;
    const verdicts = this.#verdicts.of(cycle);
    if (verdicts?.has(endpoint.row) !== true) return this.#without(cycle, this.#silent);
    return verdicts.fields.verdict[endpoint.row]! > 0 || this.#without(cycle, this.#refused);
  }

  run(cycle: HandlerCycle, run: RunProfile): ProfileResult | undefined {
    const result = run(this.#profile);
    if (result === undefined) cycle.note(this.#nobody);
    return result;
  }

  #without(cycle: Cycle, why: string): false {
    cycle.note(why);
    return false;
  }
}
