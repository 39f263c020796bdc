import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SeededRandom, systemClock } from '@pointsman/core';
import { createSimEngine } from '../engine/create-engine.ts';
import type { EngineStats } from '../engine/engine.ts';
import type { SimClock } from '../engine/sim-clock.ts';
import type { Fault } from '../options/fault.ts';
import { type SimOptions, simOptions } from '../options/sim-options.ts';
import { EngineMetrics } from './engine-metrics.ts';
import { engineOptions } from './engine-options.ts';
import { FaultSwitch } from './fault-switch.ts';
import { handleRequest } from './handle-request.ts';
import { ModelNames } from './model-names.ts';
import type { SimContext } from './sim-context.ts';

/** Between two tries to listen again. */
const RETRY_MS = 100;

/** A simulated model server that listens. */
export interface SimServer {
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly port: number;
  stats(): EngineStats;
  /** Replaces the faults. */
  setFaults(faults: readonly Fault[]): void;
  /** Breaks all connections and stops. */
  close(): Promise<void>;
}

/**
 * Starts a simulated model server: the HTTP API and metrics of a vLLM server over a model of its engine.
 * @param clock what the engine takes its time from; another one than the machine's runs it in virtual time behind real sockets
 * @throws ZodError when an option is not valid
 * @throws the error of `listen`, such as EADDRINUSE
 */
export async function createSimServer(options: SimOptions = {}, clock: SimClock = systemClock): Promise<SimServer> {
  const server = new RunningServer(options, clock);
  await server.listen();
  return server;
}

class RunningServer implements SimServer {
  readonly #context: SimContext;
  #server: Server;
  #port: number;
  #isClosed = false;
  #cancelReturn: (() => void) | undefined;

  constructor(given: SimOptions, clock: SimClock) {
    const options = simOptions.parse(given);
    const models = new ModelNames(options);
    const faults = new FaultSwitch(() => this.#followFaults());
    this.#context = {
      options,
      clock,
      engine: createSimEngine(engineOptions(options), clock),
      random: new SeededRandom(options.seed, 1),
      metrics: new EngineMetrics(options, models.displayed, clock.now()),
      models,
      faults,
      startedAtMs: clock.now(),
    };
    this.#port = options.port;
    this.#server = this.#create();
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    const { host } = this.#context.options;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.#port}`;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, this.#context.options.host);
    // Rejects when listening fails.
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    this.#context.faults.set(this.#context.options.fault);
  }

  stats(): EngineStats {
    return this.#context.engine.stats();
  }

  setFaults(faults: readonly Fault[]): void {
    this.#context.faults.set(faults);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelReturn?.();
    this.#context.engine.close();
    await stop(this.#server);
  }

  #create(): Server {
    const server = createServer({ keepAliveTimeout: 75_000 }, (request: IncomingMessage, response: ServerResponse) => {
      void handleRequest(request, response, this.#context);
    });
    server.requestTimeout = 0;
    return server;
  }

  /** Stops and starts to listen as the fault `refuse-connections` comes and goes. */
  #followFaults(): void {
    if (this.#isClosed) return;
    const refusal = this.#context.faults.find('refuse-connections');
    this.#cancelReturn?.();
    this.#cancelReturn = undefined;
    if (!refusal) {
      if (!this.#server.listening) {
        this.#server = this.#create();
        // Somebody else may have taken the port meanwhile.
        this.#server.once('error', () => {
          this.#cancelReturn = this.#context.clock.schedule(RETRY_MS, () => this.#followFaults());
        });
        this.#server.listen(this.#port, this.#context.options.host);
      }
      return;
    }
    if (this.#server.listening) void stop(this.#server);
    if (refusal.forMs === undefined) return;
    this.#cancelReturn = this.#context.clock.schedule(refusal.forMs, () => {
      this.#context.faults.set(this.#context.faults.active.filter((each) => each !== refusal));
    });
  }
}

async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
