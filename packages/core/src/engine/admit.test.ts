import { settle } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { stateOf } from '../../test/promise-state.ts';
import { filtering, hooking } from '../../test/sample-plugins.ts';
import { graph, samplePool, spec, specs } from '../../test/sample-pool.ts';
import { type AdmissionCycle, defineFetcher, definePlugin, PointsmanError, type Release, reject } from '../index.ts';

type Cycle = AdmissionCycle<readonly []>;

/** An admission that has everybody wait, and what became of whom. */
function gate() {
  const log: string[] = [];
  const waiting: { readonly cycle: Cycle; readonly letIn: () => void; readonly refuse: (error: unknown) => void }[] =
    [];
  const plugin = hooking('gate', {
    admit: (cycle) => {
      cycle.onAbandoned(() => log.push(`${cycle.request.id} abandoned`));
      return new Promise<Release>((resolve, fail) => {
        const letIn = () => resolve(() => void log.push(`${cycle.request.id} settled`));
        waiting.push({ cycle, letIn, refuse: fail });
      });
    },
  });
  return { log, waiting, plugin };
}

describe('admission', () => {
  it('comes after preCall and before the fetchers, and tells when the request has its place', async () => {
    const { log, waiting, plugin } = gate();
    const pre = hooking('pre', { preCall: () => void log.push('preCall') });
    const fetcher = defineFetcher({ type: 'fetcher', create: () => ({ prepare: () => void log.push('prepare') }) });
    const reserving = hooking('reserving', { postChoice: () => void log.push('reserved') });
    const { scheduler } = await samplePool({ plugins: [plugin, pre, fetcher(), reserving] });
    const placed = scheduler.schedule({ id: 'r1' });
    expect(await stateOf(placed)).toBe('pending');
    expect(log).toEqual(['preCall']);
    waiting[0]!.letIn();
    const call = await placed;
    expect(log).toEqual(['preCall', 'prepare', 'reserved', 'r1 settled']);
    expect(call.decision.explain().timingsUs).toHaveProperty('admit');
    call.end();
    expect(log).toHaveLength(4);
  });

  it('costs no turn of the event loop when it lets requests in at once', async () => {
    let settled = 0;
    const open = hooking('open', { admit: () => () => void settled++ });
    const { scheduler } = await samplePool({ plugins: [open] });
    void scheduler.schedule({});
    expect(settled).toBe(1);
  });

  it('may turn a request away, at once or later', async () => {
    const refusal = { status: 429, reason: 'rejected-capacity', message: 'the queue is full' } as const;
    const full = hooking('full', { admit: () => reject(refusal) });
    const { scheduler } = await samplePool({ plugins: [full] });
    await expect(scheduler.schedule({})).rejects.toMatchObject({ code: 'REJECTED', httpStatus: 429 });

    const { waiting, plugin, log } = gate();
    const later = await samplePool({ plugins: [plugin] });
    const placed = later.scheduler.schedule({ id: 'r1' });
    await settle();
    waiting[0]!.refuse(new PointsmanError('REJECTED', 'its time is over', { httpStatus: 503, reason: 'rejected-ttl' }));
    await expect(placed).rejects.toMatchObject({ httpStatus: 503, reason: 'rejected-ttl' });
    expect(log).toEqual([]);
  });

  it('lets a request in when it fails otherwise', async () => {
    const faults: string[] = [];
    const broken = hooking('broken', {
      admit: () => {
        throw new Error('at once');
      },
    });
    const brokenLater = hooking('broken-later', { admit: async () => Promise.reject(new Error('later')) });
    const brokenRelease = hooking('broken-release', {
      admit: () => () => {
        throw new Error('at the end');
      },
    });
    const { scheduler } = await samplePool({ plugins: [broken, brokenLater, brokenRelease] });
    scheduler.on('fault', ({ plugin, stage }) => faults.push(`${plugin} in ${stage}`));
    expect((await scheduler.schedule({})).decision.target.id).toMatch(/^e/);
    expect(faults).toEqual(['broken in admit', 'broken-later in admit', 'broken-release in admit']);
  });

  it('tells when nobody waits any more, and settles what is let in too late', async () => {
    const { log, waiting, plugin } = gate();
    const { scheduler } = await samplePool({ plugins: [plugin] });
    const controller = new AbortController();
    const aborted = scheduler.schedule({ id: 'r1' }, { signal: controller.signal });
    const closed = scheduler.schedule({ id: 'r2' });
    await settle();
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    expect(log).toEqual(['r1 abandoned']);
    waiting[0]!.letIn();
    await settle();
    expect(log).toEqual(['r1 abandoned', 'r1 settled']);
    waiting[0]!.cycle.onAbandoned(() => log.push('at once'));
    expect(log.at(-1)).toBe('at once');
    const end = expect(closed).rejects.toMatchObject({ code: 'CLOSED' });
    await scheduler.close();
    await end;
    expect(log.at(-1)).toBe('r2 abandoned');
  });

  it('settles a request for which no endpoint was left', async () => {
    const { log, waiting, plugin } = gate();
    const nobody = filtering('nobody', () => 'none will do');
    const { scheduler } = await samplePool({ plugins: [plugin], filters: [nobody] });
    const placed = scheduler.schedule({ id: 'r1' });
    await settle();
    waiting[0]!.letIn();
    await expect(placed).rejects.toMatchObject({ code: 'ALL_FILTERED' });
    expect(log).toEqual(['r1 settled']);
  });

  it('sees the endpoints that there are now, within the subset, and so does what follows', async () => {
    const { waiting, plugin } = gate();
    const prepared: string[][] = [];
    const fetcher = defineFetcher({
      type: 'fetcher',
      create: () => ({ prepare: (_cycle, _sink, endpoints) => void prepared.push(endpoints.map(({ id }) => id)) }),
    });
    const { scheduler, endpoints } = await samplePool({ plugins: [plugin, fetcher()] });
    const placed = scheduler.schedule({ subset: ['e1', 'e3'] });
    await settle();
    const idsNow = () => waiting[0]!.cycle.endpoints().map(({ id }) => id);
    expect(idsNow()).toEqual(['e1']);
    endpoints.upsert(spec(3));
    expect(idsNow()).toEqual(['e1', 'e3']);
    endpoints.remove('e1');
    waiting[0]!.letIn();
    expect((await placed).decision.target.id).toBe('e3');
    expect(prepared).toEqual([['e3']]);
  });

  it('is not asked in dry runs', async () => {
    const { waiting, plugin } = gate();
    const { scheduler } = await samplePool({ plugins: [plugin] });
    expect((await scheduler.schedule({}, { dryRun: true })).decision.target.id).toMatch(/^e/);
    expect(waiting).toEqual([]);
  });
});

describe('saturation', () => {
  /** Lets in while the detector says that there is room. */
  const asking = definePlugin({
    type: 'asking',
    create: ({ saturation }) => {
      const fullness = saturation('detector');
      return {
        admit: (cycle) => {
          if (fullness(cycle.endpoints()) < 1) return;
          reject({ status: 429, reason: 'rejected-saturated', message: 'full' });
        },
      };
    },
  });
  const detecting = (saturation: (count: number) => number) =>
    definePlugin({ type: 'detector', create: () => ({ saturation: (endpoints) => saturation(endpoints.length) }) })();

  it('is asked of the detector of the configuration that is at work', async () => {
    const { scheduler } = await samplePool({ plugins: [asking(), detecting((count) => count / 3)] });
    await expect(scheduler.schedule({})).rejects.toMatchObject({ reason: 'rejected-saturated' });
    const roomier = graph({ plugins: [asking(), detecting((count) => count / 4)] });
    scheduler.reload({ pools: { default: { ...roomier, endpoints: specs(3) } } });
    await scheduler.schedule({});
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['is a promise', () => Promise.reject(new Error('later')) as never],
    ['is no number', () => Number.NaN],
    ['is negative', () => -1],
  ])('counts as none when the answer %s', async (_, answer) => {
    const { scheduler } = await samplePool({ plugins: [asking(), detecting(answer)] });
    const faults: string[] = [];
    scheduler.on('fault', ({ plugin, stage }) => faults.push(`${plugin} in ${stage}`));
    await scheduler.schedule({});
    expect(faults).toEqual(['detector in saturation']);
  });

  it('can only be asked of a detector', async () => {
    await expect(samplePool({ plugins: [asking()] })).rejects.toThrow('there is no plugin "detector"');
    await expect(samplePool({ plugins: [asking(), hooking('detector', {})] })).rejects.toThrow(
      '"detector", a detector, knows nothing of saturation',
    );
  });
});
