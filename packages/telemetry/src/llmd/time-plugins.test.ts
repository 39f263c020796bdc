import { createScheduler, defineFetcher, definePicker, definePlugin, defineScorer, usePlugin } from '@pointsman/core';
import { expect, it } from 'vitest';
import { createTelemetry } from '../index.ts';
import { timePlugins } from './time-plugins.ts';

/** With a state of its own that only its own functions may touch. */
class Counting {
  #calls = 0;
  readonly preCallBudgetMs = 500;
  preCall(): void {
    this.#calls++;
  }
  inspect(): number {
    return this.#calls;
  }
}

const counting = definePlugin({ type: 'counting', create: () => Object.freeze(new Counting()) });
const failing = defineScorer({
  type: 'failing',
  create: () => ({
    scoreAll() {
      throw new Error('no score');
    },
  }),
});
const slow = defineFetcher({
  type: 'slow',
  create: () => ({ prepare: () => new Promise<void>((resolve) => queueMicrotask(resolve)) }),
});
const first = definePicker({
  type: 'first',
  create: () => ({
    pick(_candidates, _totals, _cycle, order) {
      order[0] = 0;
      return 1;
    },
    progress() {},
  }),
});

it('times what plugins do, and changes nothing about it', async () => {
  const telemetry = createTelemetry({ processMetrics: false });
  const time = timePlugins(telemetry.metrics);
  expect(time(counting)).toBe(time(counting));
  const timed = ({ definition, params, name }: ReturnType<typeof counting>) =>
    usePlugin(time(definition), params, name);
  await using scheduler = createScheduler({
    endpoints: [{ name: 'a', address: '10.0.0.1', port: 8000 }],
    plugins: [timed(counting().as('mine')), timed(slow())],
    profiles: { default: { scorers: [timed(failing())], picker: timed(first()) } },
  });
  const call = await scheduler.schedule({ model: 'm' });
  call.responseHeaders(200);
  call.firstToken();
  call.complete();
  call.end();
  const pool = scheduler.pools.get('default')!;
  expect(pool.inspect()).toEqual({ mine: 1 });
  expect(pool.faultCounts()).toEqual({ 'score/failing': 1 });
  const page = await telemetry.text();
  const counted = [...page.matchAll(/^llm_d_epp_plugin_duration_seconds_count\{(.*)\} (\d+)$/gm)];
  expect(Object.fromEntries(counted.map(([, labels, count]) => [labels, Number(count)]))).toEqual({
    'extension_point="RequestHeader",plugin_type="counting",plugin_name="mine"': 1,
    'extension_point="DataProducer",plugin_type="slow",plugin_name="slow"': 1,
    'extension_point="Scorer",plugin_type="failing",plugin_name="failing"': 1,
    'extension_point="Picker",plugin_type="first",plugin_name="first"': 1,
    'extension_point="ResponseReceived",plugin_type="first",plugin_name="first"': 1,
    'extension_point="ResponseStreaming",plugin_type="first",plugin_name="first"': 2,
  });
});
