import { describe, expect, it } from 'vitest';
import { SamplePool, type SamplePoolOptions, type Sent } from './sample-pool.ts';

const of = (program: string) => ({ headers: { 'x-llm-d-inference-fairness-id': program } });

type Params = NonNullable<SamplePoolOptions['params']>;

const programAware = (programs: Params['programs'] = {}): Params => ({
  defaultBand: { fairness: 'program-aware-fairness' },
  programs,
});

async function end(pool: SamplePool, sent: Sent, outputTokens = 0): Promise<void> {
  sent.call!.end({ usage: { promptTokens: 0, outputTokens } });
  sent.state = 'ended';
  await pool.settled();
}

/** Has one request of each program run and get so many tokens, one after the other. */
async function serve(pool: SamplePool, tokens: Readonly<Record<string, number>>): Promise<void> {
  for (const [program, count] of Object.entries(tokens)) {
    const sent = pool.send(of(program));
    await pool.settled();
    await end(pool, sent, count);
  }
  pool.order.length = 0;
}

/** Ends what runs until nobody waits. */
async function finish(pool: SamplePool): Promise<readonly string[]> {
  for (;;) {
    const sent = pool.sent.find(({ state }) => state === 'running');
    if (sent === undefined) return pool.order;
    await end(pool, sent);
  }
}

describe('program-aware-fairness', () => {
  it('lets in the program that has got least', async () => {
    await using pool = new SamplePool({ params: programAware({ lasWeightHeadWait: 0 }) });
    await serve(pool, { a: 300, b: 100, c: 200 });
    pool.send({ id: 'first' });
    for (const id of ['a1', 'a2', 'b1', 'b2', 'c1', 'new']) pool.send({ id, ...of(id[0]!) });
    await pool.settled();
    expect(await finish(pool)).toEqual(['first', 'new', 'b1', 'b2', 'c1', 'a1', 'a2']);
  });

  it('weighs that against how long the first one has waited', async () => {
    // a: nothing got, waited least; b: most got, waited longest; c: half of either.
    const order = async (lasWeightService: number, lasWeightHeadWait: number) => {
      const params = programAware({ lasWeightService, lasWeightHeadWait, lasHalfLifeSeconds: 0 });
      await using pool = new SamplePool({ params });
      await serve(pool, { a: 0, b: 100, c: 50 });
      pool.send({ id: 'first' });
      for (const program of ['b', 'c', 'a']) {
        pool.send({ id: program, ...of(program) });
        await pool.clock.advance(100);
      }
      return (await finish(pool)).slice(1);
    };
    expect(await order(0.8, 0.2)).toEqual(['a', 'c', 'b']);
    expect(await order(0.2, 0.8)).toEqual(['b', 'c', 'a']);
    // All the same: who came first.
    expect(await order(0.5, 0.5)).toEqual(['b', 'c', 'a']);
  });

  it('forgets by and by what a program has got', async () => {
    await using pool = new SamplePool({ params: programAware({ lasWeightHeadWait: 0, lasHalfLifeSeconds: 1 }) });
    await serve(pool, { a: 1000 });
    await pool.clock.advance(5000);
    await serve(pool, { b: 100 });
    pool.send({ id: 'first' });
    pool.send({ id: 'b1', ...of('b') });
    pool.send({ id: 'a1', ...of('a') });
    await pool.settled();
    expect(await finish(pool)).toEqual(['first', 'a1', 'b1']);
  });

  it('knows programs over all bands, and after a change of configuration', async () => {
    await using pool = new SamplePool({ params: programAware({ lasWeightHeadWait: 0 }) });
    const sent = pool.send({ priority: 5, ...of('a') });
    await pool.settled();
    await end(pool, sent, 100);
    pool.order.length = 0;
    pool.send({ id: 'first' });
    pool.send({ id: 'a1', ...of('a') });
    pool.send({ id: 'b1', ...of('b') });
    await pool.settled();
    pool.reload({ ...programAware({ lasWeightHeadWait: 0 }), maxRequests: 50 });
    await pool.clock.advance(0);
    expect(await finish(pool)).toEqual(['first', 'b1', 'a1']);
    expect(pool.faults).toEqual([]);
  });

  it('asks for the usage only where a band goes by it', async () => {
    await using pool = new SamplePool({ params: programAware() });
    await using other = new SamplePool({});
    const [reads, leaves] = [pool.send(), other.send()];
    await pool.settled();
    expect([reads.call!.readsResponseBody, leaves.call!.readsResponseBody]).toEqual([true, false]);
  });
});
