import { once } from 'node:events';
import { createSimServer, type SimServer } from '@pointsman/testkit/sim';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CORE, RunningCommand } from './command.ts';
import { TemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let model: SimServer;
beforeAll(async () => {
  model = await createSimServer({ port: 0, interTokenLatency: 20 });
});
afterAll(() => model.close());

/**
 * A configuration with a plugin that breaks a listener of its process on SIGUSR2, by calling what Node is called with when the
 * system does not let a listening socket accept any more. (libuv 1.46 on Linux keeps such failures to itself, so that none can
 * be had from outside.) From there on everything is as in earnest.
 */
class Breaking extends TemporaryFolder {
  readonly file: string;

  constructor() {
    super();
    const port = this.write('port', '');
    this.write(
      'breaking.mjs',
      `import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { definePlugin } from ${CORE};
const EINVAL = -22;
process.on('SIGUSR2', () => {
  const port = Number(readFileSync(${JSON.stringify(port)}, 'utf8'));
  const listener = process._getActiveHandles().find((handle) => handle.listening && handle.address().port === port);
  for (let i = 0; i < 3; i++) setImmediate(() => listener._handle?.onconnection(EINVAL));
});
process.on('SIGUSR1', () => createServer().listen(Number(readFileSync(${JSON.stringify(port)}, 'utf8'))));
export const breaking = definePlugin({ type: 'breaking', create: () => ({ preCall() {} }) });
`,
    );
    this.file = this.write(
      'pointsman.yaml',
      `imports: [./breaking.mjs]\nplugins: [{ type: breaking }]\nendpoints: ["${model.url}"]\n`,
    );
  }

  /** Breaks the listener on that port. @returns the exit code of the command */
  async break(command: RunningCommand, port: number): Promise<number | null> {
    const closed = once(command.child, 'close');
    this.signal(command, 'SIGUSR2', port);
    const [code] = (await closed) as [number | null];
    return code;
  }

  signal({ child }: RunningCommand, signal: NodeJS.Signals, port: number): void {
    this.write('port', String(port));
    child.kill(signal);
  }
}

const portOf = (announced: unknown) => Number(typeof announced === 'string' ? new URL(announced).port : announced);

const GATEWAY = ['gateway', '--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--json', '--config'];
const EPP = [
  ...['epp', '--host', '127.0.0.1', '--grpc-port', '0', '--grpc-health-port', '0', '--metrics-port', '0'],
  ...['--admin-port', '0', '--bbr-port', '0', '--secure-serving=false', '--json', '--config-file'],
];

describe('a listener that fails while it runs ends the command with an error', { concurrent: true }, () => {
  it.each([
    ['gateway', 'gateway', GATEWAY, 'the gateway'],
    ['gateway', 'admin', GATEWAY, 'the admin listener'],
    ['epp', 'picker', EPP, 'the picker'],
    ['epp', 'health', EPP, 'the health listener'],
    ['epp', 'bbr', EPP, 'the listener for body-based routing'],
    ['epp', 'metrics', EPP, 'the metrics listener'],
    ['epp', 'admin', EPP, 'the admin listener'],
  ])('%s: %s', async (_, name, args, called) => {
    using breaking = new Breaking();
    await using command = await RunningCommand.start([...args, breaking.file]);
    expect(await breaking.break(command, portOf(command.announced[name]))).toBe(1);
    expect(command.log).toContain(`pointsman: ${called} cannot take connections any more: accept EINVAL\n`);
    // Once, although it failed three times; and no stack, which is for defects.
    expect(command.log.match(/"msg":"a listener failed"/g)).toHaveLength(1);
    expect(command.log).not.toContain('    at ');
  });

  it('when the requests that run have their answers', async () => {
    using breaking = new Breaking();
    await using command = await RunningCommand.start([...GATEWAY, breaking.file]);
    const url = command.announced.gateway as string;
    const response = await fetch(new URL('/v1/completions', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'simulated-model',
        prompt: 'Hello',
        max_tokens: 20,
        ignore_eos: true,
        stream: true,
      }),
    });
    const ended = breaking.break(command, portOf(url));
    await command.untilLogged('the gateway drains');
    expect(await response.text()).toContain('data: [DONE]');
    expect(await ended).toBe(1);
  });
});

it('a listener of a plugin that finds its port taken does not', async () => {
  using breaking = new Breaking();
  await using command = await RunningCommand.start([...GATEWAY, breaking.file]);
  const failed = command.untilLogged('EADDRINUSE');
  breaking.signal(command, 'SIGUSR1', model.port);
  await failed;
  const url = command.announced.gateway as string;
  expect((await fetch(new URL('/healthz', url))).status).toBe(200);
  expect(await command.end()).toBe(0);
});
