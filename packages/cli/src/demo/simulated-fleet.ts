import { z } from 'zod';
import { ChildCommand } from './child-command.ts';

/** The model that the simulated servers serve. */
export const DEMO_MODEL = 'simulated-model';

/**
 * Servers in a time that runs faster, as the trace does: 25,000 prompt tokens a second, 5 ms a token, a prefix cache of
 * about 200,000 tokens. Without any cache hits the trace keeps them two thirds busy: loaded, but not saturated.
 */
const SERVER = [
  ['--model', DEMO_MODEL],
  ['--enable-kvcache'],
  ['--block-size', '64'],
  ['--kv-cache-size', '3200'],
  ['--max-model-len', '32768'],
  ['--max-num-seqs', '4'],
  ['--max-num-batched-tokens', '4096'],
  ['--prefill-overhead', '5ms'],
  ['--prefill-time-per-token', '40us'],
  ['--inter-token-latency', '5ms'],
  ['--time-factor-under-load', '1.5'],
].flat();

const announcement = z.object({ urls: z.tuple([z.string()]) });

/** Simulated model servers, one process each, with empty caches. */
export class SimulatedFleet {
  readonly urls: readonly string[];
  readonly #children: readonly ChildCommand[];

  private constructor(children: readonly ChildCommand[]) {
    this.#children = children;
    this.urls = children.map((child) => announcement.parse(child.announced).urls[0]);
  }

  /** @throws CommandFailure when one of them does not start; the others are ended */
  static async start(count: number): Promise<SimulatedFleet> {
    // The seed goes with the place: every fleet is the same.
    const starts = await Promise.allSettled(
      Array.from({ length: count }, (_, i) =>
        ChildCommand.start(`simulated server ${i + 1}`, ['sim', '--port', '0', '--seed', String(i), ...SERVER]),
      ),
    );
    const children = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed === undefined) return new SimulatedFleet(children);
    await Promise.all(children.map((child) => child.stop()));
    throw failed.reason;
  }

  untilFailure(): Promise<never> {
    return Promise.race(this.#children.map((child) => child.untilFailure()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
  }
}
