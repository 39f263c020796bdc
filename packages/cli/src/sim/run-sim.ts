import { createSimServer, type SimOptions, type SimServer, simOptionDescriptors } from '@pointsman/testkit/sim';
import { ZodError } from 'zod';
import { CommandFailure } from '../command-failure.ts';
import { ExitCode } from '../exit-code.ts';
import { describeListenError } from '../process/listen-error.ts';
import { untilStopped } from '../process/until-stopped.ts';

/** What `pointsman sim` is given: the options of a simulated server, and its own. */
export interface SimRunOptions extends SimOptions {
  readonly count: number;
  readonly json?: boolean;
  readonly stopWithStdin?: boolean;
}

/** Runs simulated servers until it is told to stop. @throws CommandFailure */
export async function runSim({ count, json, stopWithStdin, ...given }: SimRunOptions): Promise<void> {
  const stopped = untilStopped({ withStdin: stopWithStdin === true });
  const servers: SimServer[] = [];
  try {
    for (let i = 0; i < count; i++) servers.push(await start(given, i));
    const urls = servers.map(({ url }) => url);
    process.stdout.write(json === true ? `${JSON.stringify({ urls })}\n` : `${urls.join('\n')}\n`);
    await stopped;
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

async function start(given: SimOptions, index: number): Promise<SimServer> {
  const first = given.port ?? Number(simOptionDescriptors.find(({ name }) => name === 'port')?.default);
  const port = first === 0 ? 0 : first + index;
  // Servers that differ in nothing else do not answer alike.
  const options = { ...given, port, seed: (given.seed ?? 0) + index };
  try {
    return await createSimServer(options);
  } catch (error) {
    if (error instanceof ZodError) {
      const problems = error.issues.map(({ path, message }) => `--${flagOf(path)}: ${message}`);
      throw new CommandFailure(problems.join('\n'), ExitCode.usage, error);
    }
    throw new CommandFailure(describeListenError(error, options.host ?? '127.0.0.1', port), ExitCode.failed, error);
  }
}

function flagOf([name]: readonly PropertyKey[]): string {
  return simOptionDescriptors.find((descriptor) => descriptor.name === name)?.flag ?? String(name);
}
