import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Load, type Measured, measure, percentile } from './load.ts';

/**
 * What the gateway adds to a bare relay: CPU per request, and latency on top of talking to the model server directly.
 * Each is a process of its own; both run in turns, so that what else the machine does hits both.
 */
const ENDPOINTS = 8;
const ROUNDS = 7;
const ROUND_MS = Number(process.env.BENCH_ROUND_MS ?? 1_000);
/** So much until the compiler has seen it all, if it takes no longer than this. */
const WARM_UP = { requests: 6_000, ms: 8_000 };

const cases: readonly Load[] = [
  { name: '800 B, plain', promptBytes: 800, stream: false, concurrency: 16 },
  { name: '800 B, 100 chunks', promptBytes: 800, stream: true, concurrency: 64 },
  { name: '800 B, 100 chunks, 4 clients', promptBytes: 800, stream: true, concurrency: 4 },
  { name: '220 KB, plain', promptBytes: 220_000, stream: false, concurrency: 150 },
];

interface Process {
  readonly name: string;
  readonly url: string;
  usage(): Promise<{ readonly cpuUs: number; readonly rssBytes: number }>;
  stop(): void;
}

async function start<Ready>(file: string, args: readonly string[]) {
  const script = process.env[`BENCH_${file.toUpperCase().replaceAll('-', '_')}`];
  const child = fork(script ?? fileURLToPath(new URL(`./processes/${file}.mjs`, import.meta.url)), args, {
    execArgv: [],
  });
  const next = <T>() =>
    new Promise<T>((resolve, reject) => {
      child.once('message', (message) => resolve(message as T));
      child.once('exit', (code) => reject(new Error(`${file} ended with code ${code}`)));
    });
  const ready = await next<Ready>();
  child.removeAllListeners('exit');
  return {
    ready,
    usage: () => {
      const answer = next<{ cpuUs: number; rssBytes: number }>();
      child.send('usage');
      return answer.finally(() => child.removeAllListeners('exit'));
    },
    stop: () => void child.kill(),
  };
}

async function startProxy(name: string, file: string, origins: readonly string[]): Promise<Process> {
  const { ready, usage, stop } = await start<{ url: string }>(file, origins);
  return { name, url: ready.url, usage, stop };
}

interface Row {
  requests: number;
  /** Of each round, in milliseconds per request. */
  cpuMs: number[];
  rssBytes: number;
  latenciesMs: number[];
  firstMs: number[];
  seconds: number;
}

async function round(load: Load, proxy: Process, into: Row): Promise<void> {
  const before = await proxy.usage();
  const measured = await measure(load, proxy.url, ROUND_MS);
  const after = await proxy.usage();
  into.cpuMs.push((after.cpuUs - before.cpuUs) / measured.latenciesMs.length / 1000);
  into.rssBytes = Math.max(into.rssBytes, after.rssBytes);
  add(into, measured);
}

function add(into: Row, { latenciesMs, firstMs, seconds }: Measured): void {
  into.requests += latenciesMs.length;
  into.seconds += seconds;
  into.latenciesMs = into.latenciesMs.concat(latenciesMs);
  into.firstMs = into.firstMs.concat(firstMs);
}

async function warmUp(load: Load, url: string): Promise<void> {
  const until = performance.now() + WARM_UP.ms;
  for (let requests = 0; requests < WARM_UP.requests && performance.now() < until; ) {
    requests += (await measure(load, url, ROUND_MS)).latenciesMs.length;
  }
}

/** The middle one of the rounds' ratios: both proxies run in turns, so what else the machine does hits each pair alike. */
function ratioOf(rows: readonly number[], base: readonly number[]): number {
  return percentile(
    rows.map((cpuMs, i) => cpuMs / base[i]!),
    0.5,
  );
}

const emptyRow = (): Row => ({ requests: 0, cpuMs: [], rssBytes: 0, latenciesMs: [], firstMs: [], seconds: 0 });
const fixed = (value: number, digits = 2) => value.toFixed(digits);

const model = await start<{ ports: number[] }>('model-server', [String(ENDPOINTS)]);
const origins = model.ready.ports.map((port) => `http://127.0.0.1:${port}`);
const relay = await startProxy('bare relay', 'bare-relay', origins);
const gateway = await startProxy('gateway', 'gateway', origins);
const results: Record<string, unknown> = {};
try {
  const table: string[][] = [
    [
      'case',
      '',
      'requests/s',
      'CPU ms/request',
      'ratio',
      'added p50 ms',
      'added p99 ms',
      'added p50 to first byte',
      'RSS MB',
    ],
  ];
  for (const load of cases) {
    const direct = emptyRow();
    await measure(load, origins[0]!, ROUND_MS);
    const rows = [
      { proxy: relay, row: emptyRow() },
      { proxy: gateway, row: emptyRow() },
    ];
    for (const { proxy } of rows) await warmUp(load, proxy.url);
    for (let i = 0; i < ROUNDS; i++) {
      for (const { proxy, row } of rows) await round(load, proxy, row);
      add(direct, await measure(load, origins[0]!, ROUND_MS / 2));
    }
    for (const { proxy, row } of rows) {
      const cpuMs = percentile(row.cpuMs, 0.5);
      const ratio = ratioOf(row.cpuMs, rows[0]!.row.cpuMs);
      const added = (p: number) => percentile(row.latenciesMs, p) - percentile(direct.latenciesMs, p);
      const addedFirst = percentile(row.firstMs, 0.5) - percentile(direct.firstMs, 0.5);
      const rssMb = row.rssBytes / 1e6;
      table.push([
        load.name,
        proxy.name,
        fixed(row.requests / row.seconds, 0),
        fixed(cpuMs, 3),
        fixed(ratio),
        fixed(added(0.5)),
        fixed(added(0.99)),
        fixed(addedFirst),
        fixed(rssMb, 0),
      ]);
      results[`${load.name} / ${proxy.name}`] = {
        requestsPerSecond: row.requests / row.seconds,
        cpuMsPerRequest: cpuMs,
        cpuRatioToBareRelay: ratio,
        addedP50Ms: added(0.5),
        addedP99Ms: added(0.99),
        addedFirstByteP50Ms: addedFirst,
        rssMb,
      };
    }
  }
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  for (const row of table) console.log(row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
} finally {
  for (const { stop } of [relay, gateway, model]) stop();
}
if (process.env.BENCH_JSON === '1') console.log(JSON.stringify(results));
process.exit(0);
