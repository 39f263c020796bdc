import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The command itself, as it is installed: this package is below it and may not import it. */
const COMMAND = fileURLToPath(new URL('../../../cli/bin/pointsman.mjs', import.meta.url));
const BUILT = fileURLToPath(new URL('../../../cli/dist/bin.js', import.meta.url));

const FLAGS = [
  ...['--host', '127.0.0.1', '--grpc-port', '0', '--grpc-health-port', '0', '--metrics-port', '0'],
  ...['--secure-serving=false', '--grace', '1000', '--json', '--stop-with-stdin'],
];

export interface PickerOptions {
  /** Ports of its model servers. */
  readonly ports: readonly number[];
  /** Scrapes all of them so often, such as `50ms`. Default: as the command does it, which is every 50 ms while they serve. */
  readonly interval?: string;
  /** Of Node, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
}

/** `pointsman epp` with the queue, KV-cache and prefix scorers. It ends when the benchmark does. */
export class PickerProcess implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  #isWanted = true;

  /** @param closed its last words */
  private constructor(child: ChildProcess, port: number, closed: Promise<string>) {
    this.#child = child;
    this.port = port;
    this.#closed = closed.then((text) => {
      if (this.#isWanted) console.error(text);
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** @throws Error with what it said, when it does not start */
  static async start(options: PickerOptions): Promise<PickerProcess> {
    if (!existsSync(BUILT)) throw new Error('pointsman is not built: npm run build');
    const args = [...(options.nodeOptions ?? []), COMMAND, 'epp', ...FLAGS, '--config-text', configText(options)];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000);
    });
    const closed = once(child, 'close').then(([code, signal]) => `pointsman epp ended with ${signal ?? code}\n${said}`);
    const line = new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
    const announced = await Promise.race([line, closed.then((text) => Promise.reject(new Error(text)))]);
    const { picker } = JSON.parse(announced) as { readonly picker: number };
    return new PickerProcess(child, picker, closed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isWanted = false;
    this.#child.stdin!.end();
    await this.#closed;
  }
}

function configText({ ports, interval }: PickerOptions): string {
  const source =
    interval === undefined ? '' : `  - { type: metrics-data-source, parameters: { interval: ${interval} } }\n`;
  return `apiVersion: llm-d.ai/v1alpha1
kind: EndpointPickerConfig
plugins:
  - { type: queue-scorer }
  - { type: kv-cache-utilization-scorer }
  - { type: prefix-cache-scorer }
${source}schedulingProfiles:
  - name: default
    plugins:
      - { pluginRef: queue-scorer, weight: 2 }
      - { pluginRef: kv-cache-utilization-scorer, weight: 2 }
      - { pluginRef: prefix-cache-scorer, weight: 3 }
endpoints: ${JSON.stringify(ports.map((port) => `http://127.0.0.1:${port}`))}
`;
}
