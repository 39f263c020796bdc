import type { Endpoint } from '@pointsman/core';

const ROLE_LABEL = 'llm-d.ai/role';

/** Stages of a request that have endpoints of their own, by role. Endpoints without a role do both. */
const STAGES_OF_ROLE: Readonly<Record<string, readonly Stage[]>> = {
  prefill: ['prefill'],
  'encode-prefill': ['prefill'],
  decode: ['decode'],
  '': ['decode'],
  'prefill-decode': ['prefill', 'decode'],
  both: ['prefill', 'decode'],
  'encode-prefill-decode': ['prefill', 'decode'],
};

export type Stage = 'prefill' | 'decode';

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
  #stages: Readonly<Record<Stage, readonly Endpoint[]>> = { prefill: [], decode: [] };

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

  #ofStage(stage: Stage): number | undefined {
    const endpoints = this.#stages[stage];
    return endpoints.length === 0 ? undefined : this.#ask(endpoints);
  }
}

function inStage(endpoints: readonly Endpoint[], stage: Stage): readonly Endpoint[] {
  return endpoints.filter(({ labels }) => {
    const role = labels[ROLE_LABEL] ?? '';
    return Object.hasOwn(STAGES_OF_ROLE, role) && STAGES_OF_ROLE[role]!.includes(stage);
  });
}
