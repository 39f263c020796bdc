import { createScheduler, definePicker, type Pool, type SchedulerHost } from '@pointsman/core';
import {
  createExtProcServer,
  type EndpointPickerOptions,
  type ExtProcServer,
  type ExtProcServerOptions,
} from '../../../src/index.ts';
import { EnvoyProcess } from './envoy-process.ts';
import { ModelServer } from './model-server.ts';
import { type EnvoyConfig, onFreePorts, shippedConfig } from './shipped-config.ts';

/** Takes the endpoint that the model of the request names, such as `m1`; else the first. */
const byModelPicker = definePicker({
  type: 'by-model',
  create: () => ({
    pick(candidates, _totals, { request }, order) {
      order[0] = 0;
      for (let i = 0; i < candidates.length; i++) {
        if (candidates.endpoint(i).labels.model === request.model) order[0] = i;
      }
      return 1;
    },
  }),
});

export interface RigOptions {
  /** A configuration of examples/envoy. Default `recommended`. */
  readonly config?: string;
  readonly edit?: (config: EnvoyConfig, models: readonly ModelServer[]) => void;
  /** Model servers; the pool calls them m0, m1, and so on. Default 2. */
  readonly models?: number;
  readonly http2?: boolean;
  /** What the picker is told beside its scheduler. */
  readonly server?: ExtProcServerOptions & Partial<EndpointPickerOptions>;
  /** Default: one that takes the endpoint which the model of the request names. */
  readonly scheduler?: (models: readonly ModelServer[]) => SchedulerHost;
  /** Fixed addresses of more clusters than that of the picker. */
  readonly ports?: Readonly<Record<string, readonly number[]>>;
}

/** Model servers, a picker for them, and an Envoy in front. */
export interface Rig extends AsyncDisposable {
  readonly envoy: EnvoyProcess;
  readonly models: readonly ModelServer[];
  readonly scheduler: SchedulerHost;
  readonly pool: Pool;
  readonly picker: ExtProcServer;
  readonly pickerPort: number;
  readonly warnings: readonly string[];
  /** Resolves when no request is open any more: neither a call of the scheduler nor a stream of the picker. */
  settled(): Promise<void>;
}

function byModel(models: readonly ModelServer[]): SchedulerHost {
  return createScheduler({
    endpoints: models.map(({ port }, i) => ({ address: '127.0.0.1', port, labels: { model: `m${i}` } })),
    profiles: { default: { picker: byModelPicker() } },
  });
}

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const started: (() => unknown)[] = [];
  const stop = async () => {
    for (const end of started.splice(0).reverse()) await end();
  };
  try {
    return await startRig(options, started, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startRig(options: RigOptions, started: (() => unknown)[], stop: () => Promise<void>): Promise<Rig> {
  const { config = 'recommended', edit, models: count = 2, http2 = false, ports = {}, server } = options;
  const models: ModelServer[] = [];
  for (let i = 0; i < count; i++) {
    const model = await ModelServer.start({ http2 });
    started.push(() => model.die());
    models.push(model);
  }
  const scheduler = (options.scheduler ?? byModel)(models);
  started.push(() => scheduler.close());
  await scheduler.start();
  const warnings: string[] = [];
  const note = (message: string, fields?: unknown) => void warnings.push(`${message} ${JSON.stringify(fields)}`);
  const picker = createExtProcServer({ ...server, scheduler, log: { debug() {}, info() {}, warn: note, error: note } });
  started.push(() => picker.close());
  const pickerPort = await picker.listen({ host: '127.0.0.1', port: 0 });
  const edited = shippedConfig(config);
  edit?.(edited, models);
  const envoy = await EnvoyProcess.start(onFreePorts(edited, { picker: [pickerPort], ...ports }));
  started.push(() => envoy[Symbol.asyncDispose]());
  const pool = scheduler.pools.get('default')!;
  return {
    envoy,
    models,
    scheduler,
    pool,
    picker,
    pickerPort,
    warnings,
    async settled() {
      while (pool.openCalls > 0 || picker.openStreams > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    [Symbol.asyncDispose]: stop,
  };
}
