import type { Clock } from '../contract/clock.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { SchedulerEvents } from '../contract/events.ts';
import type { EndpointTable } from './endpoint-table.ts';
import type { Faults } from './faults.ts';
import type { CompiledSource, Graph } from './graph.ts';
import { Poller, type PollStatus } from './poller.ts';
import type { SafeEvents } from './safe-events.ts';
import { StreamRunner } from './stream-runner.ts';

/** The fetchers of a pool that run by themselves. Those that a change of configuration leaves as they are go on. */
export class PoolFetchers {
  readonly #pool: string;
  readonly #table: EndpointTable;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #events: SafeEvents<SchedulerEvents>;
  #pollers: Poller[] = [];
  #streams: StreamRunner[] = [];

  constructor(pool: string, table: EndpointTable, clock: Clock, faults: Faults, events: SafeEvents<SchedulerEvents>) {
    this.#pool = pool;
    this.#table = table;
    this.#clock = clock;
    this.#faults = faults;
    this.#events = events;
  }

  /** Runs exactly the fetchers of this configuration. */
  follow(graph: Graph): void {
    const pollers = graph.sources.map(
      (source) => this.#pollers.find((poller) => isSame(poller.source, source)) ?? this.#poller(source),
    );
    for (const poller of this.#pollers) if (!pollers.includes(poller)) poller.stop();
    this.#pollers = pollers;
    const streams = graph.streams.map(
      (instance) =>
        this.#streams.find((runner) => runner.instance === instance) ??
        new StreamRunner(instance, this.#clock, this.#faults),
    );
    for (const stream of this.#streams) if (!streams.includes(stream)) stream.stop();
    this.#streams = streams;
  }

  #poller(source: CompiledSource): Poller {
    const pool = this.#pool;
    return new Poller(source, this.#table, this.#clock, this.#faults, {
      failed: (fetcher: string, endpoint: Endpoint, error: unknown) =>
        this.#events.emit('poll:failed', { pool, fetcher, endpoint, error }),
      recovered: (fetcher: string, endpoint: Endpoint) =>
        this.#events.emit('poll:recovered', { pool, fetcher, endpoint }),
    });
  }

  /** Traffic begins at an endpoint. */
  nudge(row: number): void {
    for (const poller of this.#pollers) poller.nudge(row);
  }

  status(): readonly PollStatus[] {
    return this.#pollers.flatMap((poller) => poller.status());
  }

  stop(): void {
    for (const poller of this.#pollers) poller.stop();
    for (const stream of this.#streams) stream.stop();
    this.#pollers = [];
    this.#streams = [];
  }
}

function isSame(a: CompiledSource, b: CompiledSource): boolean {
  return (
    a.fetcher === b.fetcher &&
    a.extractors.length === b.extractors.length &&
    a.extractors.every((extractor, i) => extractor === b.extractors[i])
  );
}
