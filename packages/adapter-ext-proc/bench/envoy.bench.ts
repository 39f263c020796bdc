import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EnvoyProcess } from '../test/envoy/rig/envoy-process.ts';
import { envoyPath } from '../test/envoy/rig/find-envoy.ts';
import { onFreePorts, shippedConfig } from '../test/envoy/rig/shipped-config.ts';
import { type Load, measure } from './load.ts';

/**
 * What a request costs the picker and Envoy under each of the shipped configurations: CPU of the processes, which run in
 * turns, so that what else the machine does hits all of them.
 */
const CONFIGS = ['recommended', 'full-duplex', 'buffered'];
const ENDPOINTS = 10;
const ROUNDS = 5;
const ROUND_MS = Number(process.env.BENCH_ROUND_MS ?? 1500);
/** Of the clock in which Linux counts the CPU time of processes, a second. */
const TICKS = 100;

const CASES: readonly Load[] = [
  { name: '800 B, 100 chunks', promptBytes: 800, stream: true, concurrency: 16 },
  { name: '800 B, plain', promptBytes: 800, stream: false, concurrency: 16 },
  { name: '220 KB, plain', promptBytes: 220_000, stream: false, concurrency: 50 },
];

interface Usage {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

if (envoyPath === undefined) {
  console.error('There is no Envoy here: .ci/install-envoy gets it.');
  process.exit(1);
}

async function start<T>(file: string, args: readonly string[]) {
  const child = fork(fileURLToPath(new URL(`./processes/${file}.ts`, import.meta.url)), args);
  const [told] = (await once(child, 'message')) as [T];
  return { child, told };
}

const models = await start<number[]>('model-server', [String(ENDPOINTS)]);
const picker = await start<number>(
  'picker',
  models.told.map((port) => `http://127.0.0.1:${port}`),
);
const usage = async (): Promise<Usage> => {
  picker.child.send('usage');
  const [told] = (await once(picker.child, 'message')) as [Usage];
  return told;
};
const envoys: EnvoyProcess[] = [];
const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const results: Record<string, unknown> = {};
try {
  for (const name of CONFIGS) {
    envoys.push(await EnvoyProcess.start(onFreePorts(shippedConfig(name), { picker: [picker.told] })));
  }
  const table = [['case', 'configuration', 'requests/s', 'picker ms', 'ratio', 'Envoy ms', 'p50 ms', 'picker RSS MB']];
  for (const load of CASES) {
    for (const envoy of envoys) await measure(load, envoy.origin, ROUND_MS);
    const rows = CONFIGS.map(() => ({ pickerMs: [] as number[], envoyMs: [] as number[], taken: [] as number[] }));
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, envoy] of envoys.entries()) {
        const [before, envoyBefore] = [await usage(), cpuMsOf(envoy.pid)];
        const taken = await measure(load, envoy.origin, ROUND_MS);
        rows[i]!.pickerMs.push(((await usage()).cpuUs - before.cpuUs) / 1000 / taken.length);
        rows[i]!.envoyMs.push((cpuMsOf(envoy.pid) - envoyBefore) / taken.length);
        rows[i]!.taken.push(...taken);
      }
    }
    const { rssBytes } = await usage();
    for (const [i, { pickerMs, envoyMs, taken }] of rows.entries()) {
      const result = {
        requestsPerSecond: (taken.length * 1000) / ROUND_MS / ROUNDS,
        pickerCpuMs: middle(pickerMs),
        pickerCpuRatioToRecommended: middle(pickerMs.map((ms, round) => ms / rows[0]!.pickerMs[round]!)),
        envoyCpuMs: middle(envoyMs),
        p50Ms: middle(taken),
        pickerRssMb: rssBytes / 1e6,
      };
      results[`${load.name} / ${CONFIGS[i]}`] = result;
      const [perSecond, ...numbers] = Object.values(result);
      table.push([load.name, CONFIGS[i]!, perSecond!.toFixed(0), ...numbers.map((value) => value.toFixed(2))]);
    }
  }
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  for (const row of table) console.log(row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
} finally {
  for (const envoy of envoys) await envoy[Symbol.asyncDispose]();
  picker.child.disconnect();
  models.child.disconnect();
}
if (process.env.BENCH_JSON === '1') console.log(JSON.stringify(results));

/** CPU time that a process has used so far. */
function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}
