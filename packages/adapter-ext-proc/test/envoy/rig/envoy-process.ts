import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { envoyPath } from './find-envoy.ts';
import type { EnvoyConfig } from './shipped-config.ts';

/** An Envoy that runs for a test. */
export class EnvoyProcess implements AsyncDisposable {
  /** Of its first listener. */
  readonly port: number;
  readonly adminPort: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #log: () => string;

  private constructor(child: ChildProcess, folder: string, log: () => string, port: number, adminPort: number) {
    this.#child = child;
    this.#folder = folder;
    this.#log = log;
    this.port = port;
    this.adminPort = adminPort;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What it has said so far. */
  get log(): string {
    return this.#log();
  }

  /** Resolves when it serves. @throws Error with its log when it does not start */
  static async start(config: EnvoyConfig): Promise<EnvoyProcess> {
    const folder = mkdtempSync(path.join(tmpdir(), 'pointsman-envoy-'));
    const configFile = path.join(folder, 'envoy.json');
    const adminFile = path.join(folder, 'admin');
    writeFileSync(configFile, JSON.stringify(config));
    const child = spawn(
      envoyPath!,
      [
        ['-c', configFile],
        ['--admin-address-path', adminFile],
        ['--concurrency', '1'],
        ['--log-level', 'warn'],
        ['--drain-time-s', '1'],
        ['--disable-hot-restart'],
      ].flat(),
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let log = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    // Whatever becomes of the tests.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    try {
      const admin = await waitFor(child, () => readIfThere(adminFile));
      const adminPort = Number(admin.slice(admin.lastIndexOf(':') + 1));
      await waitFor(child, async () => (await fetchText(adminPort, '/ready')) === 'LIVE\n');
      const listeners = JSON.parse((await fetchText(adminPort, '/listeners?format=json')) ?? '');
      const { port_value } = listeners.listener_statuses[0].local_address.socket_address;
      return new EnvoyProcess(child, folder, () => log, port_value, adminPort);
    } catch (error) {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
      throw new Error(`Envoy did not start: ${String(error)}\n${log}`);
    }
  }

  /** One of its counters or gauges; 0 when there is none. */
  async stat(name: string): Promise<number> {
    const text = (await fetchText(this.adminPort, `/stats?filter=^${name.replaceAll('.', '\\.')}$`)) ?? '';
    return Number(/: (\d+)/.exec(text)?.[1] ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

async function fetchText(port: number, url: string): Promise<string | undefined> {
  try {
    return await (await fetch(`http://127.0.0.1:${port}${url}`)).text();
  } catch {
    return undefined;
  }
}

/** Envoy tells nobody when it is ready: it has to be asked. */
async function waitFor<T>(child: ChildProcess, look: () => T | Promise<T>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
