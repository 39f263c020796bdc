import { settle, VirtualClock } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { scoringTable } from '../../test/sample-plugins.ts';
import { graph, samplePool, spec, specs } from '../../test/sample-pool.ts';
import {
  createScheduler,
  defineExtractor,
  defineFetcher,
  type Endpoint,
  endpointNumber,
  type PollInterval,
  type PoolOptions,
} from '../index.ts';

const INTERVAL: PollInterval = { busyMs: 100, idleMs: 1000, timeoutMs: 300 };
/** An endpoint counts as idle after twenty busy intervals without traffic or change. */
const QUIET_MS = 20 * INTERVAL.busyMs;

type Poll = (endpoint: Endpoint, signal: AbortSignal) => Promise<unknown>;

/** A pool that is polled, and the times of all polls since the start, by endpoint. */
async function polled(poll: Poll = async () => false, options: Partial<PoolOptions> = {}) {
  const times: Record<string, number[]> = {};
  let start = 0;
  let running = 0;
  let most = 0;
  const fetcher = defineFetcher({
    type: 'scraper',
    create: ({ clock }) => ({
      interval: INTERVAL,
      async poll(endpoint, signal) {
        start ||= clock.now();
        times[endpoint.id] ??= [];
        times[endpoint.id]!.push(clock.now() - start);
        running++;
        most = Math.max(most, running);
        try {
          return await poll(endpoint, signal);
        } finally {
          running--;
        }
      },
    }),
  });
  const sample = await samplePool({ plugins: [fetcher()], endpoints: specs(1), ...options });
  return { ...sample, times, mostAtOnce: () => most };
}

describe('polling', () => {
  it('begins with start()', async () => {
    const times: number[] = [];
    const clock = new VirtualClock();
    const fetcher = defineFetcher({
      type: 'scraper',
      create: () => ({ interval: INTERVAL, poll: async () => void times.push(clock.now()) }),
    });
    const scheduler = createScheduler({ ...graph({ plugins: [fetcher()] }), endpoints: specs(1), clock });
    await clock.advance(500);
    expect(times).toEqual([]);
    await scheduler.start();
    await clock.advance(0);
    expect(times).toHaveLength(1);
    await scheduler.close();
    await clock.advance(500);
    expect(times).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('is spread over the interval at the start, some endpoints together, and stays so', async () => {
    const { clock, times } = await polled(async () => true, { endpoints: specs(32) });
    await clock.advance(299);
    const firstOf = (at: number) => Object.values(times).filter(([first]) => first === at).length;
    expect([0, 25, 50, 75].map(firstOf)).toEqual([8, 8, 8, 8]);
    expect([times['e0'], times['e7'], times['e8'], times['e31']]).toEqual([
      [0, 100, 200],
      [0, 100, 200],
      [25, 125, 225],
      [75, 175, 275],
    ]);
  });

  it('slows down where nothing happens', async () => {
    const { clock, times, pool } = await polled();
    await clock.advance(QUIET_MS);
    expect(times['e0']).toHaveLength(21);
    expect(pool.health()).toMatchObject([{ fetcher: 'scraper', endpoint: 'e0', busy: false, failures: 0 }]);
    await clock.advance(3000);
    expect(times['e0']?.slice(-3)).toEqual([QUIET_MS + 1000, QUIET_MS + 2000, QUIET_MS + 3000]);
  });

  it('stays quick while values change', async () => {
    let changing = true;
    const { clock, times, pool } = await polled(async () => changing);
    await clock.advance(5000);
    expect(times['e0']).toHaveLength(51);
    changing = false;
    await clock.advance(QUIET_MS);
    expect(pool.health()[0]?.busy).toBe(false);
  });

  it('stays quick while a call runs', async () => {
    const { clock, times, scheduler, pool } = await polled();
    const call = await scheduler.schedule({});
    await clock.advance(5000);
    expect(times['e0']).toHaveLength(51);
    call.end();
    await clock.advance(QUIET_MS + 100);
    expect(pool.health()[0]?.busy).toBe(false);
  });

  it('happens at once when an idle endpoint is picked, only there, and quickly from then on', async () => {
    const { clock, times, scheduler } = await polled(async () => false, {
      endpoints: specs(2),
      profiles: graph({ scorers: [scoringTable('to-e1', { e1: 1 })] }).profiles,
    });
    await clock.advance(QUIET_MS + 1500);
    const [before0, before1] = [times['e0']!.length, times['e1']!.length];
    const call = await scheduler.schedule({});
    await clock.advance(0);
    expect([times['e0']!.length, times['e1']!.length]).toEqual([before0, before1 + 1]);
    await clock.advance(300);
    expect([times['e0']!.length, times['e1']!.length]).toEqual([before0, before1 + 4]);
    call.end();
    // The end of a short call is no reason to stop looking.
    await clock.advance(300);
    expect(times['e1']).toHaveLength(before1 + 7);
  });

  it('is no sooner when a busy endpoint is picked', async () => {
    const { clock, times, scheduler } = await polled();
    await clock.advance(250);
    for (let i = 0; i < 10; i++) await scheduler.schedule({});
    await clock.advance(49);
    expect(times['e0']).toEqual([0, 100, 200]);
    await clock.advance(1);
    expect(times['e0']).toEqual([0, 100, 200, 300]);
  });

  it('begins at once for an endpoint that arrives', async () => {
    const { clock, times, endpoints } = await polled();
    await clock.advance(130);
    endpoints.upsert(spec(5));
    await clock.advance(100);
    expect(times['e5']).toEqual([130, 230]);
  });

  it('goes on with the endpoint’s new labels', async () => {
    const seen: unknown[] = [];
    const { clock, times, endpoints } = await polled(async ({ labels }) => void seen.push(labels['zone']));
    await clock.advance(100);
    endpoints.upsert({ ...spec(0), labels: { zone: 'b' } });
    await clock.advance(100);
    expect(times['e0']).toEqual([0, 100, 200]);
    expect(seen).toEqual([undefined, undefined, 'b']);
  });
});

describe('a poll that fails', () => {
  it.each<[string, Poll, string]>([
    ['rejects', () => Promise.reject(new Error('connect refused')), 'connect refused'],
    [
      'throws',
      () => {
        throw new Error('connect refused');
      },
      'connect refused',
    ],
    ['rejects with a text', () => Promise.reject('nope'), 'nope'],
  ])('is tried again later and later, at most every ten seconds: %s', async (_, poll, message) => {
    let broken = true;
    const { clock, times, pool, scheduler } = await polled((endpoint, signal) =>
      broken ? poll(endpoint, signal) : Promise.resolve(true),
    );
    const events: string[] = [];
    scheduler.on('poll:failed', ({ fetcher, endpoint, error }) =>
      events.push(`${fetcher} ${endpoint.id} ${error instanceof Error ? error.message : error}`),
    );
    scheduler.on('poll:recovered', ({ endpoint }) => events.push(`${endpoint.id} recovered`));
    await clock.advance(60_000);
    expect(times['e0']?.slice(0, 9)).toEqual([0, 200, 600, 1400, 3000, 6200, 12_600, 22_600, 32_600]);
    expect(pool.health()).toEqual([
      {
        fetcher: 'scraper',
        endpoint: 'e0',
        lastSuccessAt: null,
        failures: 11,
        lastError: message,
        busy: true,
      },
    ]);
    expect(events).toEqual([`scraper e0 ${message}`]);

    broken = false;
    await clock.advance(10_000);
    expect(pool.health()).toMatchObject([{ failures: 0, lastError: null, busy: true }]);
    expect(pool.health()[0]?.lastSuccessAt).toBeGreaterThan(0);
    expect(events).toEqual([`scraper e0 ${message}`, 'e0 recovered']);
    const [last, beforeLast] = times['e0']!.toReversed();
    expect(last! - beforeLast!).toBe(100);
  });

  it('is not hurried by traffic', async () => {
    const { clock, times, scheduler } = await polled(() => Promise.reject(new Error('down')));
    await clock.advance(700);
    await scheduler.schedule({});
    await clock.advance(600);
    expect(times['e0']).toEqual([0, 200, 600]);
  });

  it('is given up after its timeout, and told so by its signal', async () => {
    const signals: AbortSignal[] = [];
    const { clock, times, pool } = await polled((_endpoint, signal) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    await clock.advance(299);
    expect(pool.health()).toMatchObject([{ failures: 0 }]);
    expect(signals[0]?.aborted).toBe(false);
    await clock.advance(1);
    expect(pool.health()).toMatchObject([{ failures: 1, lastError: 'no answer within 300 ms' }]);
    expect(signals[0]?.aborted).toBe(true);
    await clock.advance(200);
    expect(times['e0']).toEqual([0, 500]);
  });

  it('is not given up for an answer that is there, although nobody has got round to reading it', async () => {
    const { clock, pool } = await polled(async () => {
      await new Promise<void>((resolve) => clock.schedule(300, resolve));
      // In the queue of the event loop, behind the timer that looks at the timeout.
      await settle();
      return true;
    });
    await clock.advance(300);
    expect(pool.health()).toMatchObject([{ failures: 0, lastSuccessAt: clock.now() }]);
  });

  it('leaves the polls of other endpoints alone', async () => {
    const { clock, times } = await polled(({ id }) => (id === 'e0' ? new Promise(() => {}) : Promise.resolve(true)), {
      endpoints: specs(2),
    });
    await clock.advance(1000);
    expect(times['e1']).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  });
});

describe('polls of one endpoint', () => {
  it('never overlap, however long they take', async () => {
    const answers: (() => void)[] = [];
    const { clock, times, scheduler, mostAtOnce } = await polled(
      () => new Promise((resolve) => void answers.push(() => resolve(true))),
    );
    await clock.advance(250);
    await scheduler.schedule({});
    await clock.advance(20);
    expect(times['e0']).toEqual([0]);
    answers.pop()!();
    await clock.advance(100);
    expect(times['e0']).toEqual([0, 370]);
    expect(mostAtOnce()).toBe(1);
  });

  it('end with the endpoint: aborted, and what they got is dropped', async () => {
    const extracted: string[] = [];
    let signal: AbortSignal | undefined;
    let answer: (payload: string) => void = () => {};
    const fetcher = defineFetcher({
      type: 'scraper',
      create: () => ({
        interval: INTERVAL,
        poll: ({ id }, given) => {
          if (id !== 'e0') return new Promise(() => {});
          signal = given;
          return new Promise((resolve) => {
            answer = resolve;
          });
        },
      }),
    });
    const extractor = defineExtractor({
      type: 'extractor',
      create: () => ({
        extract: (payload, { id }) => {
          extracted.push(`${id} ${String(payload)}`);
          return true;
        },
      }),
    });
    const { clock, pool, endpoints } = await samplePool({
      sources: [{ fetcher: fetcher(), extractors: [extractor()] }],
      endpoints: specs(1),
    });
    await clock.advance(0);
    expect(signal?.aborted).toBe(false);
    endpoints.replaceAll([spec(3)]);
    expect(signal?.aborted).toBe(true);
    answer('of the old one');
    await clock.advance(50);
    expect(extracted).toEqual([]);
    expect(pool.health()).toMatchObject([{ endpoint: 'e3', failures: 0, lastSuccessAt: null }]);
    expect(pool.faultCounts()).toEqual({});
  });

  it('end with the scheduler', async () => {
    const signals: AbortSignal[] = [];
    const { clock, scheduler } = await polled((_endpoint, signal) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    await clock.advance(0);
    await scheduler.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await clock.advance(5000);
    expect(signals).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});

describe('extractors', () => {
  const depth = endpointNumber('Depth/good');

  it('get the payload one after the other; one that fails does not keep the others from it', async () => {
    const fetcher = defineFetcher({
      type: 'scraper',
      create: () => ({ interval: INTERVAL, poll: async ({ id }) => ({ depth: id === 'e1' ? 7 : 3 }) }),
    });
    const bad = defineExtractor({
      type: 'bad',
      create: () => ({
        extract: () => {
          throw new Error('no such family');
        },
      }),
    });
    const good = defineExtractor({
      type: 'good',
      writes: [depth],
      create: ({ write }) => {
        const writer = write(depth);
        const last = new Map<string, number>();
        return {
          extract(payload, endpoint) {
            const value = (payload as { depth: number }).depth;
            writer.set(endpoint, value);
            const changed = last.get(endpoint.id) !== value;
            last.set(endpoint.id, value);
            return changed;
          },
        };
      },
    });
    const { scheduler, clock, pool } = await samplePool({
      sources: [{ fetcher: fetcher(), extractors: [bad(), good()] }],
      endpoints: specs(2),
    });
    const about: (string | undefined)[] = [];
    scheduler.on('fault', ({ endpoint }) => about.push(endpoint?.id));
    await clock.advance(60);
    expect(about).toEqual(['e0', 'e1']);
    expect(pool.endpoints().map((endpoint) => pool.dataOf(endpoint))).toEqual([
      { 'Depth/good': 3 },
      { 'Depth/good': 7 },
    ]);
    expect(pool.faultCounts()).toEqual({ 'extract/bad': 2 });
    expect(pool.health()).toMatchObject([
      { failures: 0, busy: true },
      { failures: 0, busy: true },
    ]);
    // The values stay as they are, so the endpoints become idle, in spite of the one that fails.
    await clock.advance(QUIET_MS + 200);
    expect(pool.health()).toMatchObject([{ busy: false }, { busy: false }]);
  });

  it('hear nothing of a poll that failed', async () => {
    const extracted: unknown[] = [];
    const fetcher = defineFetcher({
      type: 'scraper',
      create: () => ({ interval: INTERVAL, poll: () => Promise.reject(new Error('down')) }),
    });
    const extractor = defineExtractor({
      type: 'extractor',
      create: () => ({
        extract: (payload) => {
          extracted.push(payload);
          return false;
        },
      }),
    });
    const { clock } = await samplePool({ sources: [{ fetcher: fetcher(), extractors: [extractor()] }] });
    await clock.advance(1000);
    expect(extracted).toEqual([]);
  });
});

describe('a stream', () => {
  it('runs from start() to close(), and again a second after it ended or failed', async () => {
    const log: string[] = [];
    let end: (error?: Error) => void = () => {};
    let signal: AbortSignal | undefined;
    const events = defineFetcher({
      type: 'events',
      create: ({ clock }) => ({
        stream(given) {
          signal = given;
          log.push(`begins ${clock.now() % 60_000}`);
          return new Promise<void>((resolve, reject) => {
            end = (error) => (error === undefined ? resolve() : reject(error));
          });
        },
      }),
    });
    const { clock, scheduler, pool } = await samplePool({ plugins: [events()] });
    await clock.advance(10);
    end();
    await clock.advance(1000);
    end(new Error('connection lost'));
    await settle();
    expect(pool.faultCounts()).toEqual({ 'stream/events': 1 });
    await clock.advance(1000);
    expect(log).toEqual(['begins 0', 'begins 1010', 'begins 2010']);
    expect(signal?.aborted).toBe(false);
    await scheduler.close();
    expect(signal?.aborted).toBe(true);
    end(new Error('aborted'));
    await clock.advance(5000);
    expect(log).toHaveLength(3);
    expect(pool.faultCounts()).toEqual({ 'stream/events': 1 });
    expect(clock.pending).toBe(0);
  });

  it('that waits to begin again does not once the scheduler is closed', async () => {
    let runs = 0;
    const events = defineFetcher({
      type: 'events',
      create: () => ({
        stream: async () => {
          runs++;
          throw new Error('no');
        },
      }),
    });
    const { clock, scheduler } = await samplePool({ plugins: [events()] });
    await clock.advance(500);
    await scheduler.close();
    await clock.advance(5000);
    expect(runs).toBe(1);
  });
});
