import { type GivenDatum, PointsmanError, type RequestInput, type SchedulerHost } from '@pointsman/core';
import {
  candidateDataOf,
  endpointDataOf,
  endpointSpecOf,
  type RecordedEndpoint,
  type RecordedRequest,
  requestDataOf,
  requestInputOf,
} from '@pointsman/testkit/state';
import { answerOf, type DecideAnswer, refusalOf } from './answer.ts';
import type { DecideCase } from './case.ts';
import { payloadOf } from './recorded-body.ts';

/** Makes a scheduler from a configuration, without starting it: nothing is fetched. */
export type MakeScheduler = (config: string) => Promise<SchedulerHost>;

/** Answers cases one after the other. The scheduler and what it has learned stay as long as the configuration does. */
export class DecideSession {
  readonly #make: MakeScheduler;
  #config: string;
  #scheduler: SchedulerHost | undefined;
  #endpoints: readonly RecordedEndpoint[] = [];

  /** @param config the configuration of cases that bring none */
  constructor(make: MakeScheduler, config: string) {
    this.#make = make;
    this.#config = config;
  }

  /** @throws PointsmanError when the configuration of the case cannot be built */
  async answer(decideCase: DecideCase): Promise<DecideAnswer> {
    const scheduler = await this.#schedulerFor(decideCase.config);
    const pool = scheduler.pools.values().next().value;
    if (pool === undefined) throw new PointsmanError('CONFIG_INVALID', 'the configuration has no pool');
    if (decideCase.endpoints !== undefined) this.#endpoints = decideCase.endpoints;
    pool.setEndpoints(this.#endpoints.map(endpointSpecOf));
    for (const endpoint of this.#endpoints) {
      for (const { key, value } of endpointDataOf(endpoint)) pool.setData(endpoint.id, key, value);
    }
    const recorded = decideCase.request ?? {};
    const given = [...this.#endpoints.flatMap(candidateDataOf), ...requestDataOf(recorded)];
    const answer = await this.#place(scheduler, recorded, given, decideCase.candidates);
    return decideCase.id === undefined ? answer : { id: decideCase.id, ...answer };
  }

  async #place(
    scheduler: SchedulerHost,
    recorded: RecordedRequest,
    given: readonly GivenDatum[],
    subset: readonly string[] | undefined,
  ): Promise<DecideAnswer> {
    const input: RequestInput = {
      ...requestInputOf(recorded),
      ...payloadOf(recorded),
      ...(subset === undefined ? {} : { subset }),
    };
    try {
      const call = await scheduler.schedule(input, { given });
      const { decision } = call;
      const explanation = decision.explain();
      const responseHeaders = call.responseHeaders(200);
      call.end({ status: 'ok', httpStatus: 200 });
      return answerOf(explanation, decision.headers, responseHeaders);
    } catch (error) {
      if (!PointsmanError.is(error)) throw error;
      const candidates = subset ?? this.#endpoints.map(({ id }) => id);
      return refusalOf(error, candidates);
    }
  }

  async #schedulerFor(own: DecideCase['config']): Promise<SchedulerHost> {
    const config = own === undefined ? this.#config : typeof own === 'string' ? own : JSON.stringify(own);
    if (this.#scheduler !== undefined && config === this.#config) return this.#scheduler;
    const scheduler = await this.#make(config);
    await this.#scheduler?.close();
    this.#scheduler = scheduler;
    this.#config = config;
    this.#endpoints = [];
    return scheduler;
  }

  async close(): Promise<void> {
    await this.#scheduler?.close();
  }
}
