import type { LoadedConfig } from '@pointsman/config';
import { createSchedulerHost, PointsmanError, type RequestInput, type SchedulerHost } from '@pointsman/core';
import { type RecordedRequest, requestDataOf, requestInputOf } from '@pointsman/testkit/state';
import { answerOf, type DecideAnswer, refusalOf } from './answer.ts';
import type { DecideCase } from './case.ts';
import { type DecideConfig, loadDecideConfig } from './decide-config.ts';
import { PoolState } from './pool-state.ts';
import { payloadOf } from './recorded-body.ts';
import { StateClock } from './state-clock.ts';

/** Answers cases one after the other. The scheduler and what it has learned stay as long as the configuration does. */
export class DecideSession {
  readonly #given: DecideConfig | undefined;
  readonly #clock = new StateClock();
  #config: string | DecideConfig | undefined;
  #scheduler: SchedulerHost | undefined;
  #priorityOf: LoadedConfig['priorityOf'] = () => 0;
  #states = new Map<string, PoolState>();
  /** The pool that the case at hand names. */
  #pool: string | undefined;

  /** @param given the configuration of cases that bring none */
  constructor(given: DecideConfig | undefined) {
    this.#given = given;
  }

  /** @throws PointsmanError when the configuration of the case cannot be built, ApiError for a body that is no request */
  async answer(decideCase: DecideCase): Promise<DecideAnswer> {
    const { id, config, pool, endpoints, request = {}, candidates } = decideCase;
    const scheduler = await this.#schedulerFor(config);
    const headers = lowerCased(request.headers);
    const input: RequestInput = {
      ...requestInputOf(request),
      ...payloadOf(request),
      headers,
      priority: request.priority ?? this.#priorityOf(headers),
      ...(candidates === undefined ? {} : { subset: candidates }),
    };
    this.#pool = pool ?? poolOf(scheduler, input);
    const state = this.#states.get(this.#pool);
    if (state === undefined) {
      throw new PointsmanError('NO_POOL', `the configuration has no pool "${this.#pool}"`, {
        hint: `There are ${[...this.#states.keys()].map((name) => `"${name}"`).join(', ')}.`,
      });
    }
    if (endpoints !== undefined) state.set(endpoints);
    const answer = await place(scheduler, input, request, state);
    return id === undefined ? answer : { id, ...answer };
  }

  async #schedulerFor(own: DecideCase['config']): Promise<SchedulerHost> {
    const text = typeof own === 'object' ? JSON.stringify(own) : own;
    const wanted = text ?? this.#given ?? this.#config;
    if (wanted === undefined) {
      throw new PointsmanError('CONFIG_INVALID', 'the case brings no configuration', {
        hint: 'Name a file with --config, or give the case a "config".',
      });
    }
    if (this.#scheduler !== undefined && wanted === this.#config) return this.#scheduler;
    const config = typeof wanted === 'string' ? await loadDecideConfig({ text: wanted }) : wanted;
    const { pools, seed } = config.loaded;
    let scheduler: SchedulerHost;
    try {
      // Made, but never started: nothing is fetched.
      scheduler = createSchedulerHost({
        pools,
        clock: this.#clock,
        recent: { decisions: 1 },
        route: () => this.#pool,
        ...(seed !== undefined && { seed }),
      });
    } catch (error) {
      throw PointsmanError.is(error) ? config.loaded.locate(error) : error;
    }
    await this.close();
    this.#scheduler = scheduler;
    this.#priorityOf = config.loaded.priorityOf;
    this.#config = wanted;
    this.#states = new Map([...scheduler.pools].map(([name, pool]) => [name, new PoolState(pool, this.#clock)]));
    for (const [name, specs] of config.fileEndpoints) scheduler.pools.get(name)?.setEndpoints(specs);
    return scheduler;
  }

  async close(): Promise<void> {
    await this.#scheduler?.close();
    this.#scheduler = undefined;
  }
}

async function place(
  scheduler: SchedulerHost,
  input: RequestInput,
  recorded: RecordedRequest,
  state: PoolState,
): Promise<DecideAnswer> {
  try {
    const call = await scheduler.schedule(input, { given: [...state.candidateData(), ...requestDataOf(recorded)] });
    const { decision } = call;
    const explanation = decision.explain();
    const responseHeaders = call.responseHeaders(200);
    call.end({ status: 'ok', httpStatus: 200 });
    return answerOf(explanation, decision.headers, responseHeaders);
  } catch (error) {
    if (!PointsmanError.is(error)) throw error;
    return refusalOf(error, input.subset ?? state.ids());
  }
}

/** The pool that a scheduler would choose by itself. */
function poolOf(scheduler: SchedulerHost, { model = '' }: RequestInput): string {
  const names = [...scheduler.pools.keys()];
  return names.find((name) => name === model) ?? (names.length === 1 ? names[0]! : 'default');
}

function lowerCased(headers: RecordedRequest['headers'] = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
