import { createCatalog } from '@pointsman/config';
import type { RequestInput, SchedulerHost } from '@pointsman/core';
import { openaiParser } from '@pointsman/inference-api';
import { builtinPlugins } from '../src/index.ts';
import { loadPool } from './configurations/loaded-pool.ts';
import { ownConfigurations } from './configurations/own-configurations.ts';
import { sampleConfigurations } from './configurations/sample-configurations.ts';
import { inTurns } from './measure/in-turns.ts';

/**
 * One decision with each sample configuration: nanoseconds, and how many times that of the default configuration in the same
 * run, by the number of endpoints. A chat of 2 KB; no sockets, explanation on.
 */
const SIZES = [25, 100, 1_000];
const DEFAULT = 'the default configuration';

const catalog = createCatalog(builtinPlugins);
const texts = { [DEFAULT]: '', ...ownConfigurations, ...sampleConfigurations() };
const request = chatRequest();

function chatRequest(): RequestInput {
  const path = '/v1/chat/completions';
  const content = 'The quick brown fox jumps over the lazy dog. '.repeat(45);
  const body = Buffer.from(JSON.stringify({ model: 'adapter-3', messages: [{ role: 'user', content }] }));
  const payload = openaiParser.parse({ path, headers: {}, body });
  return { id: 'request', model: 'adapter-3', targetModel: 'adapter-3', headers: {}, path, payload };
}

async function decide(scheduler: SchedulerHost, times: number): Promise<void> {
  for (let i = 0; i < times; i++) (await scheduler.schedule(request)).end();
}

const results: Record<string, Record<string, { readonly ns: number; readonly ratio: number }>> = Object.fromEntries(
  Object.keys(texts).map((name) => [name, {}]),
);
const refused: Record<string, string> = {};
for (const count of SIZES) {
  const schedulers: [name: string, scheduler: SchedulerHost][] = [];
  for (const [name, text] of Object.entries(texts)) {
    const { scheduler, why } = await loadPool(text, count, catalog, request);
    if (scheduler === undefined) refused[name] = why;
    else schedulers.push([name, scheduler]);
  }
  const times = Math.max(4, Math.round(8_000 / (count + 60)));
  const measured = await inTurns(
    schedulers.map(
      ([, scheduler]) =>
        () =>
          decide(scheduler, times),
    ),
    times,
  );
  const base = measured[schedulers.findIndex(([name]) => name === DEFAULT)]!;
  for (const [i, [name, scheduler]] of schedulers.entries()) {
    const ns = measured[i]!;
    results[name]![count] = { ns: Math.round(ns), ratio: Math.round((ns / base) * 100) / 100 };
    await scheduler.close();
  }
}

console.log(`endpoints${SIZES.map((count) => String(count).padStart(19)).join('')}`);
console.log(`         ${SIZES.map(() => '         ns   ratio').join('')}`);
for (const [name, bySize] of Object.entries(results)) {
  if (name in refused) continue;
  const cells = SIZES.map((count) => {
    const { ns = Number.NaN, ratio = Number.NaN } = bySize[count] ?? {};
    return `${String(ns).padStart(11)} ${ratio.toFixed(2).padStart(7)}`;
  });
  console.log(`         ${cells.join('')}  ${name}`);
}
console.log(`\n${Object.keys(refused).length} do not decide here:`);
for (const [name, why] of Object.entries(refused)) console.log(`  ${name}: ${why}`);
if (process.env['BENCH_JSON'] === '1') console.log(JSON.stringify({ sampleConfigurations: results }));
