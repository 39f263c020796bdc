import type { Clock, Endpoint } from '@pointsman/core';
import { readBatch } from '../events/read-batch.ts';
import type { EngineCache, Skipped } from '../index-store/engine-cache.ts';
import { EventOrder } from './event-order.ts';
import type { EventTransport, Frames, ReplaySocket } from './event-transport.ts';
import { type EventMessage, numberFrame, readMessage, readTopic } from './message.ts';

/** Replays without anything new, after which it is given up. */
const REPLAY_ATTEMPTS = 3;
const REPLAY_BUDGET_MS = 120_000;
/** How long a publisher is not asked again after a replay has failed. */
const REPLAY_PAUSE_MS = 30_000;
const EMPTY = new Uint8Array(0);

/** Whom a publisher tells what happens. */
export interface PublisherListener {
  /** A message has come that was neither known nor unreadable. */
  received(): void;
  /** Events were left out. */
  skipped(reason: Skipped): void;
  /** Messages were lost, or the model server has begun anew: what was known of it is forgotten, unless a replay fills the gap. */
  interrupted(kind: 'gap' | 'restart'): void;
  /** Something could not be read, or not be had. */
  failed(what: string, error: unknown): void;
}

/** The model server of one endpoint, as the sender of events. */
export class Publisher {
  readonly endpoint: Endpoint;
  readonly cache: EngineCache;
  readonly #order = new EventOrder();
  readonly #replayAddress: string | undefined;
  readonly #clock: Clock;
  readonly #listener: PublisherListener;
  #replayTransport: EventTransport | undefined;
  #replaySocket: ReplaySocket | undefined;
  #noReplayBefore = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  /** @param replayAddress where messages that are gone by can be had; undefined for nowhere */
  constructor(
    endpoint: Endpoint,
    cache: EngineCache,
    replayAddress: string | undefined,
    clock: Clock,
    listener: PublisherListener,
  ) {
    this.endpoint = endpoint;
    this.cache = cache;
    this.#replayAddress = replayAddress;
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Number of the last message that was taken in; -1 for none. */
  get last(): number {
    return this.#order.last;
  }

  /** Its events come from now on. Gets those that have gone by, where that is possible. */
  async begin(transport: EventTransport): Promise<void> {
    this.#replayTransport = transport;
    if (this.#canReplay()) await this.#replay(this.#order.last + 1);
  }

  /** Takes a message in. @returns a promise when something else has to be got first; messages have to come one by one */
  take(frames: Frames): Promise<void> | undefined {
    let message: EventMessage;
    try {
      message = readMessage(frames);
    } catch (error) {
      this.#listener.failed('a message', error);
      return undefined;
    }
    const verdict = this.#order.judge(message.number);
    if (verdict === 'ignore') return undefined;
    this.#listener.received();
    if (verdict !== 'apply') this.#listener.interrupted(verdict);
    if (verdict === 'restart') this.cache.forget();
    const isWhole = this.#order.last === -1 ? message.number === 0 : verdict === 'apply';
    if (!isWhole && this.#canReplay()) return this.#fillAndApply(message);
    // What was removed meanwhile is not known, so nothing that is left is sure.
    if (verdict === 'gap') this.cache.forget();
    this.#apply(message);
    return undefined;
  }

  /** The endpoint is gone, or nobody listens any more. */
  close(): void {
    this.#isClosed = true;
    this.#replaySocket?.close();
  }

  async #fillAndApply(message: EventMessage): Promise<void> {
    const from = this.#order.last + 1;
    const isFilled = await this.#replay(from);
    const { last } = this.#order;
    if (this.#isClosed || message.number <= last) return;
    // At the beginning there is nothing to be unsure of.
    if (from > 0 && (!isFilled || message.number !== last + 1)) this.cache.forget();
    this.#apply(message);
  }

  #canReplay(): boolean {
    return (
      this.#replayAddress !== undefined &&
      this.#replayTransport !== undefined &&
      this.#clock.now() >= this.#noReplayBefore
    );
  }

  /** Gets the messages from a number on, and takes them in. @returns false when that failed */
  async #replay(from: number): Promise<boolean> {
    const deadline = this.#clock.now() + REPLAY_BUDGET_MS;
    const socket = this.#replayTransport!.replay(this.#replayAddress!);
    this.#replaySocket = socket;
    try {
      let next = from;
      for (let attempt = 0; attempt < REPLAY_ATTEMPTS && !this.#isClosed; attempt++) {
        await socket.send([EMPTY, numberFrame(next)]);
        for (;;) {
          const frames = await socket.receive().catch(() => undefined);
          if (frames === undefined) break;
          if (this.#clock.now() > deadline) throw new Error('it took too long');
          const message = readMessage(frames.length === 4 && frames[0]!.length === 0 ? frames.slice(1) : frames);
          if (message.payload.length === 0) return true;
          if (message.number < next) continue;
          // What is missing is gone for good. At the very beginning nothing was known that could be wrong.
          if (message.number > next && next > 0) this.cache.forget();
          this.#apply(message);
          next = message.number + 1;
          attempt = 0;
        }
      }
      throw new Error('there was no answer');
    } catch (error) {
      if (!this.#isClosed) this.#listener.failed(`a replay from ${this.#replayAddress}`, error);
      this.#noReplayBefore = this.#clock.now() + REPLAY_PAUSE_MS;
      return false;
    } finally {
      this.#replaySocket = undefined;
      socket.close();
    }
  }

  #apply({ topic, number, payload }: EventMessage): void {
    this.#order.last = number;
    const { model } = readTopic(topic);
    try {
      readBatch(payload, (event) => {
        const skipped = this.cache.apply(event, model);
        if (skipped !== undefined) this.#listener.skipped(skipped);
      });
    } catch (error) {
      // What it says was removed is not known now.
      this.cache.forget();
      this.#listener.failed('events', error);
    }
  }
}
