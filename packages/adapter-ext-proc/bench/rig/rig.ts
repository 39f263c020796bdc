import { type EnvoyConfig, onFreePorts, shippedConfig } from '../../test/envoy/rig/shipped-config.ts';
import type { Load } from '../load.ts';
import type { RunningEnvoy } from '../processes/envoys.ts';
import type { Order, Traffic } from '../processes/load-generator.ts';
import { Helper } from './helper.ts';
import type { ModelServer } from './model-server.ts';
import { PickerProcess } from './picker-process.ts';
import type { Setup, SetupName } from './setup.ts';
import { withoutPicker } from './without-picker.ts';

/** Those that give their metrics page whole, whatever is asked for. */
const MODEL_SERVERS = 100;
/** Every setup has its own: a picker must not see the load of another one, it would scrape while it should be idle. */
const SERVERS_OF_SETUP = 10;

/** Until the compiler has seen what matters: requests of both kinds. */
const WARM_UP_MS = 2000;
const WARM_UP: readonly Load[] = [
  { promptBytes: 800, tokens: 20, stream: true, gapMs: 0, concurrency: 16 },
  { promptBytes: 800, tokens: 20, stream: false, gapMs: 0, concurrency: 16 },
];

/** All processes of the benchmark. Envoys and pickers start when they are first needed, and live to the end. */
export class Rig implements AsyncDisposable {
  readonly servers: readonly ModelServer[];
  readonly #nodeOptions: readonly string[];
  readonly #models: Helper<'pages', number[]>;
  readonly #generator: Helper<Order, Traffic>;
  readonly #envoys: Helper<EnvoyConfig, RunningEnvoy>;
  readonly #pickers: AsyncDisposable[] = [];
  readonly #setups = new Map<SetupName, Setup>();

  private constructor(
    ports: readonly number[],
    models: Helper<'pages', number[]>,
    generator: Helper<Order, Traffic>,
    envoys: Helper<EnvoyConfig, RunningEnvoy>,
    nodeOptions: readonly string[],
  ) {
    this.servers = ports.map((port, index) => ({ port, index }));
    this.#models = models;
    this.#generator = generator;
    this.#envoys = envoys;
    this.#nodeOptions = nodeOptions;
  }

  /** @param nodeOptions of Node in pickers, such as `--cpu-prof` */
  static async start(nodeOptions: readonly string[]): Promise<Rig> {
    const [models, generator, envoys] = await Promise.all([
      Helper.start<'pages', number[], number[]>('model-servers.ts', [
        String(MODEL_SERVERS + SERVERS_OF_SETUP),
        String(MODEL_SERVERS),
      ]),
      Helper.start<Order, Traffic>('load-generator.ts'),
      Helper.start<EnvoyConfig, RunningEnvoy>('envoys.ts'),
    ]);
    return new Rig(models.first, models.helper, generator.helper, envoys.helper, nodeOptions);
  }

  get modelServersPid(): number {
    return this.#models.pid;
  }

  get generatorPid(): number {
    return this.#generator.pid;
  }

  /** Metrics pages that these model servers have served so far. */
  async pagesServed(servers: readonly ModelServer[]): Promise<number> {
    const pages = await this.#models.ask('pages');
    return servers.reduce((sum, { index }) => sum + pages[index]!, 0);
  }

  /** A picker without an Envoy. It ends with the rig at the latest. */
  async startPicker(servers: readonly ModelServer[], interval?: string): Promise<PickerProcess> {
    const picker = await PickerProcess.start({
      ports: servers.map(({ port }) => port),
      nodeOptions: this.#nodeOptions,
      ...(interval !== undefined && { interval }),
    });
    this.#pickers.push(picker);
    return picker;
  }

  send({ envoy }: Setup, load: Load, ms: number): Promise<Traffic> {
    return this.#generator.ask({ port: envoy.port, load, ms });
  }

  async setup(name: SetupName): Promise<Setup> {
    const known = this.#setups.get(name);
    if (known !== undefined) return known;
    const setup = await this.#start(name);
    this.#setups.set(name, setup);
    for (const load of WARM_UP) await this.send(setup, load, WARM_UP_MS);
    return setup;
  }

  async #start(name: SetupName): Promise<Setup> {
    const first = name === 'by-name' ? MODEL_SERVERS : this.#setups.size * SERVERS_OF_SETUP;
    const servers = this.servers.slice(first, first + SERVERS_OF_SETUP);
    const ports = servers.map(({ port }) => port);
    if (name === 'none') {
      const config = withoutPicker(shippedConfig('recommended'), ports);
      return { name, servers, envoy: await this.#startEnvoy(config, { 'model-servers': ports }) };
    }
    const picker = name === 'fixed' ? await this.#startFixed(ports[0]!) : await this.startPicker(servers);
    const config = shippedConfig(name === 'fixed' || name === 'by-name' ? 'recommended' : name);
    return { name, servers, picker, envoy: await this.#startEnvoy(config, { picker: [picker.port] }) };
  }

  #startEnvoy(config: EnvoyConfig, ports: Readonly<Record<string, readonly number[]>>): Promise<RunningEnvoy> {
    return this.#envoys.ask(onFreePorts(config, ports));
  }

  async #startFixed(port: number): Promise<{ readonly pid: number; readonly port: number }> {
    const { helper, first } = await Helper.start<never, never, number>(
      'fixed-picker.mjs',
      [`127.0.0.1:${port}`],
      this.#nodeOptions,
    );
    this.#pickers.push(helper);
    return { pid: helper.pid, port: first };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of [this.#generator, this.#envoys, ...this.#pickers, this.#models]) {
      await process[Symbol.asyncDispose]();
    }
  }
}
