import { settle } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { createSchedulerHost, type EndpointSink, type InferenceRequest } from '../src/index.ts';
import { graph, specs } from './sample-pool.ts';

const pool = (count = 1) => ({ ...graph(), endpoints: specs(count) });

describe('a scheduler of many pools', () => {
  it.each([
    [{ a: pool(), b: pool() }, 'b', 'b'],
    [{ a: pool(), default: pool() }, 'unknown', 'default'],
    [{ only: pool() }, 'unknown', 'only'],
  ])('serves a model from the pool of its name, else from the default one: %#', async (pools, model, expected) => {
    const scheduler = createSchedulerHost({ pools });
    expect((await scheduler.schedule({ model })).decision.pool).toBe(expected);
    await scheduler.close();
  });

  it('turns a model away that no pool serves, and names the pools', async () => {
    const rejected: unknown[] = [];
    const scheduler = createSchedulerHost({ pools: { a: pool(), b: pool() } });
    scheduler.on('rejected', (event) => rejected.push(event));
    await expect(scheduler.schedule({ model: 'c' })).rejects.toMatchObject({
      code: 'NO_POOL',
      httpStatus: 404,
      hint: 'There are the pools "a", "b".',
    });
    await settle();
    expect(rejected).toMatchObject([{ pool: '', error: { code: 'NO_POOL' } }]);
    await scheduler.close();
  });

  it('asks the given route', async () => {
    const route = ({ headers }: InferenceRequest) => headers['x-pool'];
    const scheduler = createSchedulerHost({ pools: { a: pool(), b: pool() }, route });
    expect((await scheduler.schedule({ headers: { 'x-pool': 'b' } })).decision.pool).toBe('b');
    await expect(scheduler.schedule({ headers: { 'x-pool': 'c' } })).rejects.toMatchObject({ code: 'NO_POOL' });
    await scheduler.close();
  });

  it('gains and loses pools while it runs; calls in a lost pool end as shut down', async () => {
    const outcomes: string[] = [];
    const scheduler = createSchedulerHost({ pools: { a: pool(), b: pool() } });
    scheduler.on('ended', ({ id }, { status }) => outcomes.push(`${id} ${status}`));
    await scheduler.start();
    const [inA, inB] = [await scheduler.schedule({ model: 'a' }), await scheduler.schedule({ model: 'b' })];
    let started = false;
    const endpoints = {
      start(sink: EndpointSink) {
        started = true;
        sink.replaceAll(specs(1));
      },
    };
    scheduler.reload({ pools: { a: pool(), c: { ...graph(), endpoints } } });
    await settle();
    expect([inA.isEnded, inB.isEnded, started]).toEqual([false, true, true]);
    expect(outcomes).toEqual(['b:1 shutdown']);
    expect((await scheduler.schedule({ model: 'c' })).decision.pool).toBe('c');
    await scheduler.close();
  });

  it('ends what runs when it is closed, and takes nothing more', async () => {
    const scheduler = createSchedulerHost({ pools: { a: pool(), b: pool() } });
    const call = await scheduler.schedule({ model: 'a' });
    await scheduler.close();
    expect(call.isEnded).toBe(true);
    await expect(scheduler.schedule({ model: 'a' })).rejects.toMatchObject({ code: 'CLOSED', httpStatus: 503 });
    await scheduler.close();
  });
});

describe('its events', () => {
  it('cannot be disturbed by a listener that throws', async () => {
    const warned: string[] = [];
    const seen: string[] = [];
    const scheduler = createSchedulerHost({
      pools: { a: pool() },
      log: { debug() {}, info() {}, error() {}, warn: (line) => void warned.push(line) },
    });
    scheduler.on('decision', () => {
      throw new Error('boom');
    });
    scheduler.on('decision', ({ id }) => seen.push(id));
    (await scheduler.schedule({})).end();
    await settle();
    expect(seen).toEqual(['a:1']);
    expect(warned).toEqual(['a listener of "decision" failed: Error: boom']);
    await scheduler.close();
  });

  it('come to those who listen, once to `once`, and no more after `off`', async () => {
    const seen: string[] = [];
    const scheduler = createSchedulerHost({ pools: { a: pool() } });
    const listener = () => seen.push('on');
    scheduler.on('decision', listener).once('decision', () => seen.push('once'));
    await scheduler.schedule({});
    await scheduler.schedule({});
    await settle();
    scheduler.off('decision', listener);
    await scheduler.schedule({});
    await settle();
    expect(seen).toEqual(['on', 'once', 'on']);
    await scheduler.close();
  });
});
