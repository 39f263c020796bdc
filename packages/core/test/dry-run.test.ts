import { settle } from '@pointsman/testkit/harness';
import { expect, it } from 'vitest';
import { type Decision, definePlugin } from '../src/index.ts';
import { bestPicker, filtering, hooking, scoringTable } from './sample-plugins.ts';
import { samplePool } from './sample-pool.ts';

it('a dry run decides as the next request will be decided, and leaves no trace', async () => {
  const log: string[] = [];
  const events: string[] = [];
  const hook = hooking('hook', {
    preCall: ({ isDryRun }) => void log.push(`preCall ${isDryRun}`),
    postChoice: () => void log.push('postChoice'),
    progress: () => void log.push('progress'),
    afterResponse: () => void log.push('afterResponse'),
  });
  const { scheduler, pool } = await samplePool({ plugins: [hook] });
  scheduler.on('decision', ({ id }: Decision) => events.push(id));
  scheduler.on('ended', ({ id }: Decision) => events.push(`${id} ended`));

  const dry = await scheduler.schedule({ id: 'r' }, { dryRun: true });
  dry.firstToken();
  expect(dry.responseHeaders(200)).toEqual({});
  expect(dry.complete()).toEqual({});
  expect(dry.next('why not')).toBeUndefined();
  dry.end();
  await settle();
  expect([dry.isEnded, pool.openCalls, pool.recent(), events]).toEqual([true, 0, [], []]);
  expect(log).toEqual(['preCall true']);

  const real = await scheduler.schedule({ id: 'r' });
  expect(real.decision.target).toBe(dry.decision.target);
  const { timingsUs: _, ...would } = dry.decision.explain();
  const { timingsUs: __, ...did } = real.decision.explain();
  expect(would).toEqual(did);
});

it('may be refused like a real one, which nobody hears of', async () => {
  const { scheduler } = await samplePool({ filters: [filtering('nobody', () => 'never')] });
  const rejected: unknown[] = [];
  scheduler.on('rejected', (event) => rejected.push(event));
  await expect(scheduler.schedule({}, { dryRun: true })).rejects.toMatchObject({ code: 'ALL_FILTERED' });
  await settle();
  expect(rejected).toEqual([]);
});

it('holds no configuration back', async () => {
  const closed: string[] = [];
  const old = definePlugin({
    type: 'old',
    create: ({ onClose }) => {
      onClose(() => void closed.push('old'));
      return {};
    },
  });
  const { scheduler, pool } = await samplePool({ plugins: [old()], scorers: [scoringTable('s', { e1: 1 })] });
  const call = await scheduler.schedule({}, { dryRun: true });
  pool.planReload({ profiles: { default: { picker: bestPicker() } } }).commit();
  await settle();
  expect([closed, call.decision.target.id]).toEqual([['old'], 'e1']);
});
