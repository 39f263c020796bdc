import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Logger,
  type Metrics,
  noMetrics,
  type PluginDefinition,
  type PointsmanError,
  silentLogger,
} from '@pointsman/core';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ConfigSource, type ConfiguredSchedulerOptions, createConfiguredScheduler } from '../src/index.ts';
import { scorerSource } from './plugin-source.ts';
import { ownTempFolder, tempFolder, writeFiles } from './temp-folder.ts';
import { toyCatalog } from './toy-plugins.ts';

ownTempFolder();

const ENDPOINTS = 'endpoints: ["http://a.example:1", "http://b.example:2"]\n';
const withCounter = (step: number, more = '') =>
  `${ENDPOINTS}plugins:\n- { type: counter, parameters: { step: ${step} } }\n- type: flat-scorer\n${more}`;

/** What is logged and measured. */
function witness() {
  const logged: string[] = [];
  const gauges = new Map<string, number>();
  const waiting: { readonly part: string; readonly tell: (line: string) => void }[] = [];
  const note = (line: string) => {
    logged.push(line);
    for (const each of waiting.splice(0)) {
      if (line.includes(each.part)) each.tell(line);
      else waiting.push(each);
    }
  };
  const log: Logger = { ...silentLogger, info: note, warn: note, error: note };
  const metrics: Metrics = {
    ...noMetrics,
    gauge: ({ name }) => ({ set: (value) => gauges.set(name, value) }),
  };
  /** The next line that has this in it. */
  const line = (part: string) => new Promise<string>((tell) => waiting.push({ part, tell }));
  return { log, metrics, logged, gauges, line };
}

async function begin(source: ConfigSource, options: Partial<ConfiguredSchedulerOptions> = {}) {
  const configured = await createConfiguredScheduler({ catalog: toyCatalog, intervalMs: 5, ...options, ...source });
  onTestFinished(() => configured.close());
  await configured.scheduler.start();
  const place = async () => configured.scheduler.schedule({ model: 'm' });
  const count = async () => {
    const call = await place();
    call.end();
    return call.decision.headers['x-count'];
  };
  return { configured, place, count };
}

describe('a change', () => {
  test('leaves the state of plugins whose definitions are exchanged', async () => {
    const seen: string[] = [];
    const exchanged = new Map<PluginDefinition, PluginDefinition>();
    const instrument = (definition: PluginDefinition): PluginDefinition => {
      const known = exchanged.get(definition) ?? {
        ...definition,
        create(context) {
          seen.push(context.name);
          return definition.create(context);
        },
      };
      exchanged.set(definition, known);
      return known;
    };
    const { configured, count } = await begin({ text: withCounter(1) }, { instrument });
    expect(seen.toSorted()).toEqual(['counter', 'flat-scorer', 'max-score-picker', 'single-profile-handler']);
    expect(await count()).toBe('1');
    await configured.reload({ text: withCounter(1, '- type: even-port-filter\n') });
    expect(seen.slice(4)).toEqual(['even-port-filter']);
    expect(await count()).toBe('2');
  });

  test('gives objectives another priority', async () => {
    const objectives = (priority: number) => `${ENDPOINTS}objectives: [{ name: chat, priority: ${priority} }]\n`;
    const { configured } = await begin({ text: objectives(1) });
    const { priorityOf } = configured;
    const headers = { 'x-llm-d-inference-objective': 'chat' };
    expect(priorityOf(headers)).toBe(1);
    expect(await configured.reload({ text: objectives(2) })).toMatchObject({ ok: true, warnings: [] });
    expect(priorityOf(headers)).toBe(2);
    expect(await configured.reload({ text: objectives(0.5) })).toMatchObject({ ok: false });
    expect(priorityOf(headers)).toBe(2);
  });

  test('leaves the state of plugins that it does not touch', async () => {
    const { configured, count } = await begin({ text: withCounter(1) });
    expect(await count()).toBe('1');
    const result = await configured.reload({ text: withCounter(1, '- type: even-port-filter\n') });
    expect(result).toMatchObject({ ok: true, changed: ['default'] });
    expect(await count()).toBe('2');
    const call = await configured.scheduler.schedule({});
    expect(call.decision.target.port).toBe(2);
    call.end();
  });

  test('hands over the state of plugins that it changes', async () => {
    const { configured, count } = await begin({ text: withCounter(1) });
    await count();
    expect(await configured.reload({ text: withCounter(10) })).toMatchObject({ ok: true, changed: ['default'] });
    expect(await count()).toBe('11');
  });

  test('lets requests that run finish on what they began with', async () => {
    const { configured, place } = await begin({ text: withCounter(1) });
    const faults: unknown[] = [];
    configured.scheduler.on('fault', (event) => faults.push(event));
    const running = await place();
    // The counter's release throws once the instance is closed.
    await configured.reload({ text: `${ENDPOINTS}plugins:\n- type: flat-scorer\n` });
    expect(
      configured.scheduler.pools
        .get('default')
        ?.plugins()
        .map(({ type }) => type),
    ).not.toContain('counter');
    expect(running.next('test')).toBeDefined();
    expect(running.decision.headers['x-count']).toBe('2');
    running.end();
    expect(configured.scheduler.pools.get('default')?.openCalls).toBe(0);
    expect(faults).toEqual([]);
  });

  test('to the same changes nothing', async () => {
    const { configured } = await begin({ text: withCounter(1) });
    expect(await configured.reload()).toEqual({ ok: true, changed: [], warnings: [] });
  });

  test('adds and removes pools', async () => {
    const { configured } = await begin({ text: `pools:\n  a: { endpoints: ["http://a.example:1"] }\n` });
    const result = await configured.reload({
      text: 'pools:\n  b: { endpoints: ["http://b.example:1"] }\n  c: { endpoints: ["http://c.example:1"] }\n',
    });
    expect(result).toMatchObject({ ok: true });
    expect([...configured.scheduler.pools.keys()]).toEqual(['b', 'c']);
    const call = await configured.scheduler.schedule({ model: 'c' });
    expect(call.decision.target.hostPort).toBe('c.example:1');
    call.end();
  });

  test('of what is read at the start only is a warning, and does not show as being at work', async () => {
    const { configured } = await begin({ text: `${ENDPOINTS}gateway: { port: 1000 }\nseed: one\n` });
    const result = await configured.reload({
      text: `${ENDPOINTS}gateway: { port: 2000 }\nseed: two\nrequestHandler: { parsers: [{ pluginRef: openai-parser }] }\n`,
    });
    expect(result.ok && result.warnings.map(({ path, line }) => [path, line])).toEqual([
      ['gateway', 2],
      ['seed', 3],
      ['requestHandler', 4],
    ]);
    expect(configured.current.gateway.port).toBe(1000);
    expect(configured.current.parsers.length).toBe(4);
    expect(configured.current.effective).toMatchObject({ gateway: { port: 1000 }, seed: 'one' });
  });
});

describe('a bad change', () => {
  test.each([
    ['broken text', 'plugins: [', 'CONFIG_INVALID'],
    ['an unknown type', 'plugins: [{ type: nobody }]', 'PLUGIN_NOT_FOUND'],
    ['data that nobody writes', 'plugins: [{ type: lost-scorer }]', 'DATA_UNPRODUCED'],
    ['plugins that wait for each other', 'plugins: [{ type: ping-producer }, { type: pong-producer }]', 'DATA_CYCLE'],
    [
      'two writers of one thing',
      'plugins: [{ type: word-producer }, { type: word-producer, name: w2 }]',
      'DATA_CONFLICT',
    ],
    ['a plugin that cannot be made', 'plugins: [{ type: broken-hooks }]', 'PLUGIN_FAILED'],
    ['a file of endpoints that is not there', 'endpoints: { file: /nowhere/e.yaml }', 'CONFIG_INVALID'],
  ])('%s changes nothing, and says why', async (_what, text, code) => {
    const { log, metrics, gauges, logged } = witness();
    const { configured, count } = await begin({ text: withCounter(1) }, { log, metrics });
    await count();
    const before = configured.current;
    expect(gauges.get('pointsman_config_last_reload_successful')).toBe(1);
    const failed = new Promise<unknown>((resolve) =>
      configured.scheduler.once('reload:failed', ({ error }) => resolve(error)),
    );
    const result = await configured.reload({ text });
    expect(result.ok === false && result.error.code).toBe(code);
    expect(((await failed) as PointsmanError).code).toBe(code);
    expect(logged.at(-1)).toContain('configuration refused, the one at work stays: ');
    expect(gauges.get('pointsman_config_last_reload_successful')).toBe(0);
    expect(configured.current).toBe(before);
    expect(await count()).toBe('2');
    expect(await configured.reload()).toMatchObject({ ok: true });
    expect(gauges.get('pointsman_config_last_reload_successful')).toBe(1);
  });

  test('what only the engine can see is placed at the line of the plugin', async () => {
    const { configured } = await begin({ text: ENDPOINTS });
    const result = await configured.reload({
      text: `${ENDPOINTS}plugins:\n- type: flat-scorer\n- type: broken-hooks\n`,
    });
    expect(result.ok === false && result.error).toMatchObject({
      problems: [{ line: 4, column: 3, path: 'plugins[1]', code: 'PLUGIN_FAILED' }],
    });
  });

  test('at the start is an error, and leaves nothing behind', async () => {
    await expect(begin({ text: 'plugins: [{ type: broken-hooks }]' })).rejects.toMatchObject({
      code: 'PLUGIN_FAILED',
      problems: [{ line: 1, path: 'plugins[0]' }],
    });
    await expect(begin({ file: join(tempFolder(), 'none.yaml') })).rejects.toThrow('there is no such file');
  });
});

test('whatever is thrown at it, the last good configuration is at work and the count goes on', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant('bad' as const), fc.constant('call' as const)), {
        maxLength: 12,
      }),
      async (steps) => {
        await using configured = await createConfiguredScheduler({ catalog: toyCatalog, text: withCounter(1) });
        let step = 1;
        let expected = 0;
        for (const next of steps) {
          if (next === 'call') {
            const call = await configured.scheduler.schedule({});
            expected += step;
            if (call.decision.headers['x-count'] !== String(expected)) return false;
            call.end();
          } else {
            const text = next === 'bad' ? 'plugins: [{ type: nobody }]' : withCounter(next);
            const result = await configured.reload({ text });
            if (result.ok !== (next !== 'bad')) return false;
            if (next !== 'bad') step = next;
          }
        }
        return true;
      },
    ),
    { numRuns: 50 },
  );
});

test('changes that come at once are carried out one after the other', async () => {
  const { configured, count } = await begin({ text: withCounter(1) });
  const results = await Promise.all([2, 3, 4].map((step) => configured.reload({ text: withCounter(step) })));
  expect(results.map(({ ok }) => ok)).toEqual([true, true, true]);
  expect(await count()).toBe('4');
});

// What is written has another length than what was there: some systems do not tell times apart that are milliseconds apart.
describe('a file that is watched', () => {
  async function watched(text: string) {
    const file = join(tempFolder(), 'pointsman.yaml');
    writeFileSync(file, text);
    const seen = witness();
    const started = await begin({ file }, seen);
    started.configured.watch();
    return { file, ...seen, ...started };
  }

  test('is read again when it changes', async () => {
    const { file, count, line } = await watched(withCounter(1));
    const reloaded = line('configuration reloaded');
    writeFileSync(file, withCounter(50));
    await reloaded;
    expect(await count()).toBe('50');
  });

  test('is read again when it has changed before anybody watched', async () => {
    const file = join(tempFolder(), 'pointsman.yaml');
    writeFileSync(file, withCounter(1));
    const seen = witness();
    const { configured, count } = await begin({ file }, seen);
    writeFileSync(file, withCounter(60));
    const reloaded = seen.line('configuration reloaded');
    configured.watch();
    await reloaded;
    expect(await count()).toBe('60');
  });

  test('keeps what is at work when it is wrong, empty or gone, and is picked up when it is back', async () => {
    const { file, count, line } = await watched(withCounter(1));
    let said = line('configuration refused');
    writeFileSync(file, 'plugins: [{ type: nobody }]');
    expect(await said).toContain(`${file}:1:19 plugins[0].type: unknown plugin type "nobody"`);
    said = line('configuration refused');
    writeFileSync(file, '');
    expect(await said).toContain('the file is empty');
    said = line('is gone');
    rmSync(file);
    expect(await said).toBe(`configuration file ${file} is gone; the configuration at work stays`);
    expect(await count()).toBe('1');
    said = line('configuration reloaded');
    writeFileSync(file, withCounter(7));
    await said;
    expect(await count()).toBe('8');
  });

  test('is followed through the links of a ConfigMap', async () => {
    const folder = tempFolder();
    for (const [version, step] of [
      ['..v1', 1],
      ['..v2', 20],
    ] as const) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'pointsman.yaml'), withCounter(step));
    }
    symlinkSync('..v1', join(folder, '..data'));
    const file = join(folder, 'pointsman.yaml');
    symlinkSync('..data/pointsman.yaml', file);
    const seen = witness();
    const { configured, count } = await begin({ file }, seen);
    configured.watch();
    const reloaded = seen.line('configuration reloaded');
    symlinkSync('..v2', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    rmSync(join(folder, '..v1'), { recursive: true });
    await reloaded;
    expect(await count()).toBe('20');
  });

  test('brings the modules that it imports along: changed code is loaded anew', async () => {
    const folder = tempFolder();
    const file = join(folder, 'pointsman.yaml');
    await writeFiles(folder, {
      'pointsman.yaml': `${ENDPOINTS}imports: [./port-scorer.mjs]\nplugins:\n- type: counter\n- type: port-scorer\n`,
      'port-scorer.mjs': `import { sign } from './sign.mjs';\nexport default ${scorerSource('port-scorer', 'sign()').replace('score: ()', 'score: (endpoint)').replace('sign()', 'sign(endpoint.port)')};`,
      'sign.mjs': 'export const sign = (port) => (port === 1 ? 1 : 0);',
    });
    const seen = witness();
    const { configured, place, count } = await begin({ file }, seen);
    configured.watch();
    const target = async () => {
      const call = await place();
      call.end();
      return call.decision.target.port;
    };
    expect(await target()).toBe(1);
    const reloaded = seen.line('configuration reloaded');
    writeFileSync(join(folder, 'sign.mjs'), 'export const sign = (port) => (port === 2 ? 1 : 0); // 2');
    await reloaded;
    expect(await target()).toBe(2);
    expect(await count()).toBe('3');

    const refused = seen.line('configuration refused');
    writeFileSync(join(folder, 'port-scorer.mjs'), 'export default {');
    expect(await refused).toContain('"./port-scorer.mjs" could not be loaded');
    expect(await target()).toBe(2);
  });

  test('is not read any more after the end', async () => {
    const { configured, file, logged } = await watched(withCounter(1));
    await configured.close();
    const before = logged.length;
    writeFileSync(file, withCounter(20));
    // Another watcher of the same kind shows that the time for it has passed.
    const other = await watched(withCounter(1));
    const reloaded = other.line('configuration reloaded');
    writeFileSync(other.file, withCounter(30));
    await reloaded;
    expect(logged.length).toBe(before);
  });
});

test('a file of endpoints goes on through a reload, and its changes arrive', async () => {
  const folder = tempFolder();
  const list = (...ports: readonly number[]) =>
    JSON.stringify({ endpoints: ports.map((port) => ({ address: '10.0.0.1', port })) });
  await writeFiles(folder, {
    'e.json': list(1),
    'pointsman.yaml': 'endpoints: { file: e.json }\nplugins: [{ type: counter }]\n',
  });
  const { configured, place } = await begin({ file: join(folder, 'pointsman.yaml') });
  const running = await place();
  await writeFiles(folder, { 'pointsman.yaml': 'endpoints: { file: e.json }\nplugins: [{ type: flat-scorer }]\n' });
  expect(await configured.reload()).toMatchObject({ ok: true });
  const pool = configured.scheduler.pools.get('default');
  expect(pool?.openCallsOf(running.decision.target)).toBe(1);
  running.end();
  const added = new Promise<number>((resolve) =>
    configured.scheduler.once('endpoint:added', ({ endpoint }) => resolve(endpoint.port)),
  );
  await writeFiles(folder, { 'e.json': list(1, 2) });
  expect(await added).toBe(2);
});

test('a signal reloads', async () => {
  const folder = tempFolder();
  const file = join(folder, 'pointsman.yaml');
  writeFileSync(file, withCounter(1));
  const seen = witness();
  const { configured, count } = await begin({ file }, seen);
  const stop = configured.reloadOn('SIGHUP');
  const reloaded = seen.line('configuration reloaded');
  writeFileSync(file, withCounter(3));
  process.emit('SIGHUP');
  await reloaded;
  expect(await count()).toBe('3');
  stop();
  expect(process.listenerCount('SIGHUP')).toBe(0);
});
