import { VirtualClock } from '@pointsman/testkit/harness';
import { onTestFinished } from 'vitest';
import {
  createScheduler,
  type EndpointSink,
  type EndpointSpec,
  type GraphOptions,
  type Pool,
  type PoolOptions,
  type ProfileOptions,
  type SchedulerHost,
  type SchedulerOptions,
} from '../src/index.ts';
import { bestPicker } from './sample-plugins.ts';

/** Endpoints `e0`, `e1`, ... */
export function specs(count: number): EndpointSpec[] {
  return Array.from({ length: count }, (_, i) => spec(i));
}

/** The endpoint `e<i>`. */
export function spec(i: number): EndpointSpec {
  return { id: `e${i}`, address: `10.0.${i >> 8}.${i & 255}`, port: 8000 };
}

/** A configuration with one profile, or with those that are given. */
export function graph(options: Partial<GraphOptions> & Partial<ProfileOptions> = {}): GraphOptions {
  const { filters = [], scorers = [], picker = bestPicker(), ...rest } = options;
  return { profiles: { default: { filters, scorers, picker } }, ...rest };
}

export interface SamplePool {
  readonly scheduler: SchedulerHost;
  readonly pool: Pool;
  readonly clock: VirtualClock;
  /** Adds and removes endpoints, as an endpoint source does. */
  readonly endpoints: EndpointSink;
}

type SampleOptions = Partial<PoolOptions> &
  Partial<ProfileOptions> &
  Pick<SchedulerOptions, 'seed' | 'recent' | 'log' | 'metrics'>;

/** A pool of three endpoints in virtual time, closed at the end of the test. */
export async function samplePool(options: SampleOptions = {}): Promise<SamplePool> {
  const clock = new VirtualClock();
  const { endpoints = specs(3), seed, recent, log, metrics, ...rest } = options;
  let sink: EndpointSink | undefined;
  const scheduler = createScheduler({
    ...graph(rest),
    endpoints: {
      start(given, signal) {
        sink = given;
        if (!('start' in endpoints)) return given.replaceAll(endpoints);
        return endpoints.start(given, signal);
      },
    },
    clock,
    ...(seed === undefined ? {} : { seed }),
    ...(recent === undefined ? {} : { recent }),
    ...(log === undefined ? {} : { log }),
    ...(metrics === undefined ? {} : { metrics }),
  });
  onTestFinished(async () => {
    const closed = scheduler.close();
    // What waits for a budget is over then.
    await clock.advance(60_000);
    await closed;
  });
  await scheduler.start();
  return { scheduler, pool: scheduler.pools.get('default')!, clock, endpoints: sink! };
}
