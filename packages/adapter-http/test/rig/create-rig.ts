import { createScheduler, type PluginUse, type Pool, type SchedulerHost, staticEndpoints } from '@pointsman/core';
import type { Gateway } from '../../src/gateway/create-gateway.ts';
import type { GatewayOptions } from '../../src/gateway/gateway-options.ts';
import { type EntryPoint, onNode } from './entry-point.ts';
import { inOrderPicker } from './in-order-picker.ts';
import { type Answer, ModelServer } from './model-server.ts';

export interface RigOptions extends Omit<GatewayOptions, 'scheduler'> {
  readonly entry?: EntryPoint;
  /** How many model servers; each answers with `answer`, or waits for the test. Default 1. */
  readonly models?: number;
  readonly answer?: Answer;
  /** More endpoints, such as addresses where nobody listens; they come first. */
  readonly before?: readonly string[];
  readonly filters?: readonly PluginUse[];
  readonly plugins?: readonly PluginUse[];
  /** Default: takes endpoints in order. */
  readonly picker?: PluginUse;
}

/** Model servers, a scheduler that takes them in order, a gateway before them, and its address. */
export interface Rig extends AsyncDisposable {
  readonly model: ModelServer;
  readonly models: readonly ModelServer[];
  readonly scheduler: SchedulerHost;
  readonly pool: Pool;
  readonly gateway: Gateway;
  readonly url: string;
  /** Resolves when no request and no call is open any more. */
  settled(): Promise<void>;
}

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const {
    entry = onNode,
    models: count = 1,
    answer,
    before = [],
    filters = [],
    plugins = [],
    picker = inOrderPicker(),
    ...rest
  } = options;
  const models: ModelServer[] = [];
  for (let i = 0; i < count; i++) models.push(await ModelServer.start(answer));
  const scheduler = createScheduler({
    endpoints: staticEndpoints([...before, ...models.map((model) => model.url)]),
    plugins,
    profiles: { default: { filters, picker } },
  });
  await scheduler.start();
  const { gateway, url, close } = await entry({ ...rest, scheduler });
  const pool = scheduler.pools.get('default')!;
  return {
    model: models[0]!,
    models,
    scheduler,
    pool,
    gateway,
    url,
    async settled() {
      while (pool.openCalls > 0 || gateway.openRequests > 0) await new Promise((resolve) => setImmediate(resolve));
    },
    async [Symbol.asyncDispose]() {
      await close();
      await scheduler.close();
      for (const model of models) await model[Symbol.asyncDispose]();
    },
  };
}
