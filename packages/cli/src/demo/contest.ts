import { type ReplaySummary, replayTrace, summarizeReplay, type TraceRequest } from '@pointsman/testkit/workload';
import { writeDemoConfig } from './demo-config.ts';
import { DemoGateway } from './demo-gateway.ts';
import { ProgressLine } from './progress-line.ts';
import { DEMO_MODEL, SimulatedFleet } from './simulated-fleet.ts';

/** Who is compared. */
export interface Contender {
  readonly name: string;
  /** Text of its configuration; the endpoints are put in. */
  readonly config: string;
  /** Where the configuration is written. */
  readonly file: string;
}

/** What all contenders have in common. */
export interface Conditions {
  readonly servers: number;
  readonly trace: readonly TraceRequest[];
  /** How many times faster than recorded. */
  readonly speed: number;
  /** Output tokens are divided by this. */
  readonly shrinkOutput: number;
  readonly signal: AbortSignal;
}

/** A contender at work: servers with empty caches and a gateway in front of them. */
export class Contest {
  readonly gateway: DemoGateway;
  readonly #contender: Contender;
  readonly #fleet: SimulatedFleet;

  private constructor(contender: Contender, fleet: SimulatedFleet, gateway: DemoGateway) {
    this.#contender = contender;
    this.#fleet = fleet;
    this.gateway = gateway;
  }

  static async start(contender: Contender, { servers }: Conditions): Promise<Contest> {
    const fleet = await SimulatedFleet.start(servers);
    try {
      await writeDemoConfig(contender.file, contender.config, fleet.urls);
      return new Contest(contender, fleet, await DemoGateway.start(contender.name, contender.file));
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  /** Sends the trace through the gateway. @throws CommandFailure when a process ends meanwhile */
  async run(conditions: Conditions): Promise<ReplaySummary> {
    const { trace, speed, shrinkOutput, signal, servers } = conditions;
    const progress = new ProgressLine(this.#contender.name.padEnd(15));
    const startedAt = performance.now();
    const results = await Promise.race([
      replayTrace({
        url: this.gateway.url,
        model: DEMO_MODEL,
        trace,
        speed,
        shrinkOutput,
        signal,
        onProgress: (done, total) => progress.update(done, total),
      }),
      this.untilFailure(),
    ]);
    return summarizeReplay(results, performance.now() - startedAt, servers);
  }

  untilFailure(): Promise<never> {
    return Promise.race([this.gateway.untilFailure(), this.#fleet.untilFailure()]);
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    await this.#fleet.stop();
  }
}
