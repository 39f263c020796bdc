import type { Clock, Endpoint } from '@pointsman/core';
import type { EngineCaches } from '../index-store/engine-caches.ts';
import { eventAddress, podNames, replayAddress } from './event-address.ts';
import type { EventMetrics } from './event-metrics.ts';
import type { EventSocket, EventTransport, Frames } from './event-transport.ts';
import { FaultQueue } from './fault-queue.ts';
import { readMessage, readTopic } from './message.ts';
import { Publisher, type PublisherListener } from './publisher.ts';

/** Where events come from. */
export interface EventSources {
  /** Address that model servers connect to; undefined for none. */
  readonly listenAddress: string | undefined;
  /** What topics have to begin with. */
  readonly topicFilter: string;
  /** Which endpoints publish at an address of their own. */
  isPublisher(endpoint: Endpoint): boolean;
  readonly port: number;
  /** 0 for no replays. */
  readonly replayPort: number;
}

/** Name of the socket that model servers connect to, among those of endpoints. */
const LISTENER = Symbol('listener');

/** Listens to the events of all endpoints of a pool, and keeps what they say. Outlives an instance whose parameters change. */
export class EventHub {
  readonly caches: EngineCaches;
  readonly faults = new FaultQueue();
  readonly #sources: EventSources;
  readonly #clock: Clock;
  readonly #metrics: EventMetrics;
  readonly #byRow: (Publisher | undefined)[] = [];
  readonly #byPod = new Map<string, Publisher>();
  readonly #sockets = new Map<Publisher | typeof LISTENER, EventSocket>();
  #transport: EventTransport | undefined;
  #owner: object | undefined;
  #isListening = false;

  constructor(caches: EngineCaches, sources: EventSources, clock: Clock, metrics: EventMetrics) {
    this.caches = caches;
    this.#sources = sources;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** The publisher of the endpoint in this row. */
  at(row: number): Publisher | undefined {
    return this.#byRow[row];
  }

  get publishers(): readonly Publisher[] {
    return this.#byRow.filter((publisher) => publisher !== undefined);
  }

  add(endpoint: Endpoint): void {
    const known = this.#byRow[endpoint.row];
    if (known?.endpoint.incarnation === endpoint.incarnation) return;
    if (known !== undefined) this.remove(known.endpoint);
    const address = this.#isOwn(endpoint) ? replayAddress(endpoint, this.#sources.replayPort) : undefined;
    const publisher = new Publisher(endpoint, this.caches.add(), address, this.#clock, this.#listenerOf(endpoint));
    this.#byRow[endpoint.row] = publisher;
    for (const name of podNames(endpoint)) this.#byPod.set(name, publisher);
    this.#connect(publisher);
  }

  remove(endpoint: Endpoint): void {
    const publisher = this.#byRow[endpoint.row];
    if (publisher?.endpoint.incarnation !== endpoint.incarnation) return;
    this.#byRow[endpoint.row] = undefined;
    for (const name of podNames(endpoint)) if (this.#byPod.get(name) === publisher) this.#byPod.delete(name);
    publisher.close();
    this.caches.remove(publisher.cache);
    this.#sockets.get(publisher)?.close();
  }

  /** Who may {@link stop} it from now on: a new instance begins before the old one stops. */
  claim(owner: object): void {
    this.#owner = owner;
  }

  /** Has every socket be open that should be. Again when some have failed. */
  start(transport: EventTransport): void {
    this.#transport = transport;
    for (const publisher of this.publishers) this.#connect(publisher);
    void this.#listen(transport);
  }

  /** Closes all sockets for good, unless somebody else owns them by now. */
  stop(owner: object): void {
    if (this.#owner !== owner) return;
    this.#transport = undefined;
    for (const publisher of this.publishers) publisher.close();
    for (const socket of this.#sockets.values()) socket.close();
  }

  #connect(publisher: Publisher): void {
    const transport = this.#transport;
    if (transport === undefined || this.#sockets.has(publisher) || !this.#isOwn(publisher.endpoint)) return;
    const address = eventAddress(publisher.endpoint, this.#sources.port);
    try {
      const socket = transport.connect(address, this.#sources.topicFilter);
      void this.#read(publisher, socket, async () => publisher.begin(transport));
    } catch (error) {
      this.#fail(`${publisher.endpoint.id}: ${address}`, error);
    }
  }

  async #listen(transport: EventTransport): Promise<void> {
    const { listenAddress, topicFilter } = this.#sources;
    if (listenAddress === undefined || this.#isListening || this.#sockets.has(LISTENER)) return;
    this.#isListening = true;
    try {
      const socket = await transport.listen(listenAddress, topicFilter);
      if (this.#transport === undefined) socket.close();
      else void this.#read(LISTENER, socket, async () => {});
    } catch (error) {
      this.#fail(`listening at ${listenAddress}`, error);
    } finally {
      this.#isListening = false;
    }
  }

  /** Reads a socket until it is closed. */
  async #read(from: Publisher | typeof LISTENER, socket: EventSocket, begin: () => Promise<void>): Promise<void> {
    this.#sockets.set(from, socket);
    this.#metrics.subscriptions(this.#sockets.size);
    try {
      await begin();
      for await (const frames of socket) {
        const publisher = from === LISTENER ? this.#publisherOf(frames) : from;
        const waiting = publisher?.take(frames);
        if (waiting !== undefined) await waiting;
        this.#metrics.index(this.caches, this.#clock.now());
      }
    } catch (error) {
      this.#fail(from === LISTENER ? 'the common socket' : from.endpoint.id, error);
    } finally {
      socket.close();
      this.#sockets.delete(from);
      this.#metrics.subscriptions(this.#sockets.size);
    }
  }

  /** Whose message this is; undefined when it is nobody's in the pool. */
  #publisherOf(frames: Frames): Publisher | undefined {
    try {
      const { pod } = readTopic(readMessage(frames).topic);
      const publisher = this.#byPod.get(pod);
      if (publisher === undefined) this.#metrics.skipped('unknown_endpoint');
      return publisher;
    } catch (error) {
      this.#fail('a message', error);
      return undefined;
    }
  }

  #isOwn(endpoint: Endpoint): boolean {
    return this.#sources.isPublisher(endpoint);
  }

  #listenerOf({ id }: Endpoint): PublisherListener {
    return {
      received: () => this.#metrics.received(),
      skipped: (reason) => this.#metrics.skipped(reason),
      interrupted: (kind) => this.#metrics.interrupted(kind),
      failed: (what, error) => this.#fail(`${id}: ${what}`, error),
    };
  }

  #fail(what: string, error: unknown): void {
    this.#metrics.failed();
    this.faults.add(new Error(`${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error }));
  }
}
