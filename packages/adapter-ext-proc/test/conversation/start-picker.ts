import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { createCatalog, createConfiguredScheduler } from '@pointsman/config';
import type { Scheduler } from '@pointsman/core';
import { builtinPlugins } from '@pointsman/plugins';
import { createRequestTracing } from '@pointsman/telemetry/tracing';
import { createExtProcServer, type EndpointPickerOptions } from '../../src/index.ts';
import type { Recording } from './recording.ts';

/** The picker of a recording, with its model servers, at work. */
export interface StartedPicker {
  readonly port: number;
  /** The recording with the addresses that its servers really have. */
  readonly recording: Recording;
  /** Requests that have not been released. */
  openCalls(): number;
  stop(): Promise<void>;
}

/** Flags of the reference, as options. Those that only say what is always so here have none. */
const OPTION_OF_FLAG: Readonly<Record<string, (scheduler: Scheduler) => Partial<EndpointPickerOptions>>> = {
  '--allow-experimental-plugins': () => ({}),
  '--emit-endpoint-scores': () => ({ emitsScores: true }),
  '--disable-endpoint-subset-filter': () => ({ ignoresSubset: true }),
  '--tracing=true': (scheduler) => ({
    tracing: createRequestTracing(scheduler, {
      tracer: new BasicTracerProvider().getTracer('conversations'),
      propagator: new W3CTraceContextPropagator(),
    }),
  }),
};

/** @param text the recording as it was read */
export async function startPicker(text: string): Promise<StartedPicker> {
  const servers: Server[] = [];
  const recorded = JSON.parse(text) as Recording;
  let moved = text;
  let { config, endpoints } = recorded;
  for (const [address, { waiting, running, kvUsage }] of Object.entries(recorded.servers)) {
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address)!;
    const page = metricsPage({
      'vllm:num_requests_waiting': waiting,
      'vllm:num_requests_running': running,
      'vllm:kv_cache_usage_perc': kvUsage,
    });
    const server = createServer((_, response) => response.end(page));
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    servers.push(server);
    const given = (server.address() as AddressInfo).port;
    for (const spelled of [`${host}:${port}`, `[${host}]:${port}`]) {
      moved = moved.replaceAll(spelled, spelled.replace(/\d+$/, String(given)));
    }
    config = config.replace(`primaryPort: ${port}`, `primaryPort: ${given}`);
    endpoints = endpoints.replace(`address: "${host}", port: "${port}"`, `address: "${host}", port: "${given}"`);
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'pointsman-conversation-'));
  const file = path.join(folder, 'endpoints.yaml');
  await writeFile(file, endpoints);
  const { scheduler, current, close } = await configured(config, file);
  const picker = createExtProcServer({
    scheduler,
    parsers: current.parsers,
    ...Object.assign({}, ...recorded.flags.map((flag) => OPTION_OF_FLAG[flag]?.(scheduler))),
  });
  const port = await picker.listen({ host: '127.0.0.1', port: 0 });
  const pools = [...scheduler.pools.values()];
  await scraped();
  return {
    port,
    recording: JSON.parse(moved) as Recording,
    openCalls: () => pools.reduce((sum, pool) => sum + pool.openCalls, 0),
    stop: async () => {
      picker.close();
      await close();
      for (const server of servers) server.close().closeAllConnections();
      await rm(folder, { recursive: true });
    },
  };

  async function scraped(): Promise<void> {
    const isScraped = () => {
      const health = pools.flatMap((pool) => pool.health());
      return health.length >= servers.length && health.every(({ lastSuccessAt }) => lastSuccessAt !== null);
    };
    while (!isScraped()) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function configured(config: string, endpointsFile: string) {
  const live = await createConfiguredScheduler({
    catalog: createCatalog(builtinPlugins),
    text: config.replaceAll('{endpoints}', endpointsFile),
  });
  await live.scheduler.start();
  return { scheduler: live.scheduler, current: live.current, close: () => live.close() };
}

function metricsPage(gauges: Readonly<Record<string, number>>): string {
  return Object.entries(gauges)
    .map(([name, value]) => `# TYPE ${name} gauge\n${name}{model_name="m"} ${value}\n`)
    .join('');
}
