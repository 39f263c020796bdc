import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createScheduler, definePicker, systemClock } from '@pointsman/core';
import { Agent, request } from 'undici';
import { coreMetricsExtractor, MetricsPage, metricsDataSource } from '../src/index.ts';

/**
 * What it costs to keep up with the metrics of 100 endpoints with pages of 30 KB: CPU of this process alone, in cores;
 * the model servers are a process of their own. The baseline fetches the same pages as often and only reads them to
 * their end.
 */
const ENDPOINTS = Number(process.env['BENCH_ENDPOINTS'] ?? 100);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 5);
const ROUNDS = 2;

type Servers = Awaited<ReturnType<typeof modelServers>>;

async function modelServers(mode: 'busy' | 'idle') {
  const file = fileURLToPath(new URL('./metrics-server.mjs', import.meta.url));
  const child = fork(file, [String(ENDPOINTS), mode], { execArgv: [] });
  const { ports } = await new Promise<{ ports: number[] }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { ports: number[] }));
    child.once('exit', (code) => reject(new Error(`the model servers ended with code ${code}`)));
  });
  child.removeAllListeners('exit');
  return {
    ports,
    answered: () =>
      new Promise<number>((resolve) => {
        child.once('message', (message) => resolve((message as { answered: number }).answered));
        child.send('count');
      }),
    stop: () => void child.kill(),
  };
}

const sleep = (ms: number) => new Promise<void>((resolve) => void systemClock.schedule(ms, resolve));

interface Usage {
  readonly cores: number;
  readonly pagesPerSecond: number;
}

/** What this process uses while it only waits, and how many pages it gets in that time. */
async function usageOver(seconds: number, servers: Servers): Promise<Usage> {
  const begun = systemClock.now();
  const pages = await servers.answered();
  const before = process.cpuUsage();
  await sleep(seconds * 1000);
  const used = process.cpuUsage(before);
  const elapsedMs = systemClock.now() - begun;
  return {
    cores: (used.user + used.system) / 1000 / elapsedMs,
    pagesPerSecond: ((await servers.answered()) - pages) / (elapsedMs / 1000),
  };
}

const anyPicker = definePicker({
  type: 'any-picker',
  create: () => ({
    pick(_candidates, _totals, _cycle, order) {
      order[0] = 0;
      return 1;
    },
  }),
});

async function scraping(servers: Servers, params: Parameters<typeof metricsDataSource>[0]): Promise<Usage> {
  await using scheduler = createScheduler({
    endpoints: servers.ports.map((port) => ({ address: '127.0.0.1', port })),
    sources: [{ fetcher: metricsDataSource(params), extractors: [coreMetricsExtractor()] }],
    profiles: { default: { picker: anyPicker() } },
  });
  await scheduler.start();
  // Until everything is compiled, and idle endpoints are known to be idle.
  await sleep(3000);
  const usage = await usageOver(SECONDS, servers);
  const failing = scheduler.pools
    .get('default')!
    .health()
    .filter(({ failures }) => failures > 0);
  if (failing.length > 0) throw new Error(`${failing.length} endpoints fail: ${failing[0]!.lastError}`);
  return usage;
}

/** The same requests without the scheduler: undici's own request function, every body read and dropped. */
async function bare(servers: Servers): Promise<Usage> {
  const agent = new Agent({ connections: 1 });
  let on = true;
  const fetchOne = async (port: number) => {
    while (on) {
      const { body } = await request(`http://127.0.0.1:${port}/metrics`, { dispatcher: agent });
      await body.arrayBuffer();
      await sleep(50);
    }
  };
  const loops = servers.ports.map((port, i) => sleep((i / ENDPOINTS) * 50).then(() => fetchOne(port)));
  await sleep(2000);
  const usage = await usageOver(SECONDS, servers);
  on = false;
  await Promise.all(loops);
  await agent.close();
  return usage;
}

function mean(usages: readonly Usage[]): Usage {
  const of = (field: keyof Usage) => usages.reduce((sum, usage) => sum + usage[field], 0) / usages.length;
  return { cores: of('cores'), pagesPerSecond: of('pagesPerSecond') };
}

async function parseMicroseconds(port: number): Promise<number> {
  const { body } = await request(`http://127.0.0.1:${port}/metrics`);
  const bytes = Buffer.from(await body.arrayBuffer());
  for (let i = 0; i < 5000; i++) new MetricsPage(bytes);
  const runs = 3000;
  const begun = process.cpuUsage();
  for (let i = 0; i < runs; i++) new MetricsPage(bytes);
  const used = process.cpuUsage(begun);
  return (used.user + used.system) / runs;
}

const busy = await modelServers('busy');
const idle = await modelServers('idle');
try {
  // In turns, so that what else the machine does hits both.
  const rounds: { readonly baseline: Usage; readonly fixed: Usage; readonly byName: Usage }[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    rounds.push({
      baseline: await bare(busy),
      fixed: await scraping(busy, { interval: '50ms', selectByName: false }),
      byName: await scraping(busy, { interval: '50ms' }),
    });
  }
  const baseline = mean(rounds.map((round) => round.baseline));
  const fixed = mean(rounds.map((round) => round.fixed));
  const byName = mean(rounds.map((round) => round.byName));
  const adaptive = await scraping(idle, { selectByName: false });
  const parseUs = await parseMicroseconds(busy.ports[0]!);
  const rows: [string, Usage, string][] = [
    ['bare undici, every 50 ms', baseline, ''],
    ['metrics-data-source, every 50 ms, values change', fixed, 'aim 0.35'],
    ['the same, single metrics by name', byName, ''],
    ['metrics-data-source, adaptive, nothing happens', adaptive, 'aim 0.05'],
  ];
  console.log(`${ENDPOINTS} endpoints, pages of 30 KB`);
  for (const [name, { cores, pagesPerSecond }, aim] of rows) {
    const ratio = (cores / baseline.cores).toFixed(2);
    const each = `${((cores / pagesPerSecond) * 1e6).toFixed(0)} us a page`;
    const usage = `${cores.toFixed(3)} cores  ${ratio} of bare  ${pagesPerSecond.toFixed(0)} pages/s  ${each}  ${aim}`;
    console.log(`${name.padEnd(50)} ${usage}`);
  }
  console.log(`reading one page: ${parseUs.toFixed(1)} us`);
  if (process.env['BENCH_JSON'] === '1') {
    console.log(JSON.stringify({ endpoints: ENDPOINTS, baseline, fixed, byName, adaptive, parseUs }));
  }
} finally {
  busy.stop();
  idle.stop();
}
