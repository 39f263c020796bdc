import { settle } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { samplePool } from '../../test/sample-pool.ts';
import {
  type CandidateWriter,
  candidateRecord,
  defineFetcher,
  defineScorer,
  type Endpoint,
  type RequestSink,
  requestValue,
} from '../index.ts';

/** Data that comes after its time must reach nobody: not the request it was meant for, and none that comes later. */

const hits = candidateRecord('Hits/late', ['count']);
const text = requestValue<string>()('Text/late');
type Writes = readonly [typeof hits, typeof text];

interface Held {
  readonly sink: RequestSink<Writes>;
  readonly writer: CandidateWriter<typeof hits>;
  readonly endpoints: readonly Endpoint[];
  fail(error: Error): void;
  finish(): void;
}

/** Fetches like an index behind a network: `instant` requests are answered at once, the others when the test says so. */
function lateIndex(held: Map<string, Held>) {
  return defineFetcher({
    type: 'late',
    writes: [hits, text],
    create: () => ({
      budgetMs: 10,
      prepare(cycle, sink, endpoints) {
        const writer = sink.candidates(hits);
        if (cycle.request.model === 'instant') {
          writer.fields.count[endpoints[0]!.row] = 1;
          writer.mark(endpoints[0]!.row);
          return undefined;
        }
        if (cycle.request.model === 'empty') return undefined;
        return new Promise<void>((finish, fail) =>
          held.set(cycle.request.id, { sink, writer, endpoints, fail, finish }),
        );
      },
    }),
  });
}

/** What the scorers of each request saw: `text`, then the count of each endpoint or `-`. */
function watcher(seen: Map<string, string>) {
  return defineScorer({
    type: 'watcher',
    reads: [hits, text],
    create: ({ read }) => {
      const column = read(hits);
      return {
        scoreAll(candidates, cycle) {
          const rows = column.of(cycle);
          const cells = Array.from({ length: candidates.length }, (_, i) => {
            const row = candidates.rows[i]!;
            return rows?.has(row) === true ? String(rows.fields.count[row]) : '-';
          });
          seen.set(cycle.request.id, [cycle.get(text) ?? 'none', ...cells].join(' '));
        },
      };
    },
  });
}

async function bench() {
  const held = new Map<string, Held>();
  const seen = new Map<string, string>();
  const sample = await samplePool({
    plugins: [lateIndex(held)()],
    scorers: [watcher(seen)()],
    recent: { decisions: 1 },
  });
  const writeAll = (id: string) => {
    const { sink, writer, endpoints } = held.get(id)!;
    sink.set(text, 'late');
    for (const endpoint of endpoints) {
      sink.setCandidate(endpoint, hits, { count: 99 });
      writer.fields.count[endpoint.row] = 99;
      writer.mark(endpoint.row);
    }
  };
  return { ...sample, held, seen, writeAll };
}

describe('data that comes after the budget', () => {
  it('does not reach its own request, nor those that come later', async () => {
    const { scheduler, clock, seen, writeAll } = await bench();
    const placed = scheduler.schedule({ id: 'slow' });
    await clock.advance(10);
    const call = await placed;
    expect(seen.get('slow')).toBe('none - - -');
    call.end();

    writeAll('slow');
    await scheduler.schedule({ id: 'r1', model: 'empty' });
    writeAll('slow');
    await scheduler.schedule({ id: 'r2', model: 'instant' });
    writeAll('slow');
    await scheduler.schedule({ id: 'r3', model: 'empty' });
    expect([...seen.values()]).toEqual(['none - - -', 'none - - -', 'none 1 - -', 'none - - -']);
  });

  it('does not reach a request that waits at the same time', async () => {
    const { scheduler, clock, held, seen, writeAll } = await bench();
    const first = scheduler.schedule({ id: 'first' });
    await clock.advance(10);
    await first;
    const second = scheduler.schedule({ id: 'second' });
    await settle();
    writeAll('first');
    held.get('second')!.finish();
    await second;
    expect(seen.get('second')).toBe('none - - -');
  });

  it('is one fault, even when the fetcher fails afterwards', async () => {
    const { scheduler, clock, held, pool } = await bench();
    const placed = scheduler.schedule({ id: 'slow' });
    await clock.advance(10);
    await placed;
    held.get('slow')!.fail(new Error('connection lost'));
    await settle();
    expect(pool.faultCounts()).toEqual({ 'prepare/late': 1 });
  });

  it('puts no fault into the explanation of another decision', async () => {
    const { scheduler, clock, held } = await bench();
    const placed = scheduler.schedule({ id: 'slow' });
    await clock.advance(10);
    (await placed).end();
    // With room for one decision, these use the record of the slow one again.
    await scheduler.schedule({ id: 'r1', model: 'empty' });
    const call = await scheduler.schedule({ id: 'r2', model: 'empty' });
    held.get('slow')!.fail(new Error('connection lost'));
    await settle();
    expect(call.decision.explain().faults).toEqual([]);
  });
});

describe('data that comes after the caller gave up', () => {
  it('does not reach requests that come later', async () => {
    const { scheduler, seen, writeAll } = await bench();
    const controller = new AbortController();
    const placed = scheduler.schedule({ id: 'slow' }, { signal: controller.signal });
    await settle();
    controller.abort();
    await expect(placed).rejects.toMatchObject({ code: 'ABORTED' });

    writeAll('slow');
    await scheduler.schedule({ id: 'r1', model: 'instant' });
    writeAll('slow');
    await scheduler.schedule({ id: 'r2', model: 'empty' });
    expect([...seen]).toEqual([
      ['r1', 'none 1 - -'],
      ['r2', 'none - - -'],
    ]);
  });

  it('does not reach a request that uses the same arrays while it waits', async () => {
    const { scheduler, held, seen, writeAll } = await bench();
    const controller = new AbortController();
    const placed = scheduler.schedule({ id: 'slow' }, { signal: controller.signal });
    await settle();
    controller.abort();
    await expect(placed).rejects.toMatchObject({ code: 'ABORTED' });

    const next = scheduler.schedule({ id: 'r1' });
    await settle();
    writeAll('slow');
    held.get('r1')!.finish();
    await next;
    expect(seen.get('r1')).toBe('none - - -');
  });

  it('puts no fault into the explanation of another decision', async () => {
    const { scheduler, held } = await bench();
    const controller = new AbortController();
    const placed = scheduler.schedule({ id: 'slow' }, { signal: controller.signal });
    await settle();
    controller.abort();
    await expect(placed).rejects.toMatchObject({ code: 'ABORTED' });
    const call = await scheduler.schedule({ id: 'r1', model: 'empty' });
    held.get('slow')!.fail(new Error('connection lost'));
    await settle();
    expect(call.decision.explain().faults).toEqual([]);
  });
});

describe('remarks that come after the decision was forgotten', () => {
  it('do not get into the explanation of another decision', async () => {
    const tattler = defineFetcher({
      type: 'tattler',
      create: () => ({
        prepare() {},
        afterResponse: (cycle) => cycle.note(`${cycle.request.id} is over`),
      }),
    });
    const { scheduler } = await samplePool({ plugins: [tattler()], recent: { decisions: 1 } });
    const first = await scheduler.schedule({ id: 'first' });
    await scheduler.schedule({ id: 'second' });
    const third = await scheduler.schedule({ id: 'third' });
    first.end();
    expect(third.decision.explain().notes).toEqual([]);
    third.end();
    expect(third.decision.explain().notes).toEqual([{ plugin: 'tattler', text: 'third is over' }]);
  });
});
