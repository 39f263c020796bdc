import { type Endpoint, ROLE_LABEL, type Stage, stagesOfRole } from '@pointsman/core';

/** Stages that every request needs. */
type CountedStage = Exclude<Stage, 'encode'>;

/** How full a pool is, and each of its stages that has endpoints. */
export interface Saturation {
  readonly effective: number;
  readonly prefill: number | undefined;
  readonly decode: number | undefined;
}

/**
 * How full a pool is: as full as the fuller of its stages, because a request needs both. Endpoints that do nothing but
 * encode count only where there are no others.
 */
export class PoolSaturation {
  readonly #ask: (endpoints: readonly Endpoint[]) => number;
  #endpoints: readonly Endpoint[] = [];
  #stages: Readonly<Record<CountedStage, readonly Endpoint[]>> = { prefill: [], decode: [] };

  /** @param ask how full some endpoints are; 1 is full */
  constructor(ask: (endpoints: readonly Endpoint[]) => number) {
    this.#ask = ask;
  }

  of(endpoints: readonly Endpoint[]): Saturation {
    if (endpoints !== this.#endpoints) {
      this.#endpoints = endpoints;
      this.#stages = { prefill: inStage(endpoints, 'prefill'), decode: inStage(endpoints, 'decode') };
    }
    const prefill = this.#ofStage('prefill');
    const decode = this.#ofStage('decode');
    const effective =
      prefill === undefined && decode === undefined ? this.#ask(endpoints) : Math.max(prefill ?? 0, decode ?? 0);
    return { effective, prefill, decode };
  }

  #ofStage(stage: CountedStage): number | undefined {
    const endpoints = this.#stages[stage];
    return endpoints.length === 0 ? undefined : this.#ask(endpoints);
  }
}

/** Endpoints without a role serve whole requests, and count as those that decode. */
function inStage(endpoints: readonly Endpoint[], stage: CountedStage): readonly Endpoint[] {
  return endpoints.filter(({ labels }) => {
    const role = labels[ROLE_LABEL];
    return role === undefined || role === '' ? stage === 'decode' : stagesOfRole(role).includes(stage);
  });
}
