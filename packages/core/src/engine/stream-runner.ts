import type { Clock } from '../contract/clock.ts';
import type { Faults } from './faults.ts';
import type { Instance } from './instance.ts';

const RESTART_MS = 1000;

/** Keeps a streaming fetcher running: when it ends or fails, it is started anew after a second. */
export class StreamRunner {
  readonly instance: Instance;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #controller = new AbortController();
  #cancelRestart: (() => void) | undefined;

  constructor(instance: Instance, clock: Clock, faults: Faults) {
    this.instance = instance;
    this.#clock = clock;
    this.#faults = faults;
    void this.#run();
  }

  stop(): void {
    this.#controller.abort();
    this.#cancelRestart?.();
  }

  async #run(): Promise<void> {
    try {
      await this.instance.plugin.stream!(this.#controller.signal);
    } catch (error) {
      if (!this.#controller.signal.aborted) this.#faults.report(this.instance.name, 'stream', error);
    }
    if (!this.#controller.signal.aborted) {
      this.#cancelRestart = this.#clock.schedule(RESTART_MS, () => void this.#run());
    }
  }
}
