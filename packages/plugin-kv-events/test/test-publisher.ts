import { Encoder } from '@msgpack/msgpack';
import type { Router, XPublisher } from 'zeromq';

const zeromq = await import('zeromq').catch((error: unknown) => {
  console.log(`left out: everything that needs sockets, because zeromq cannot be loaded here: ${String(error)}`);
  return undefined;
});

/** False on a machine that zeromq was not built for. */
export const hasZeroMq = zeromq !== undefined;

const encoder = new Encoder({ useBigInt64: true });

/** An event as engines write it: a list, or an object in the newer form. */
export type WireEvent = readonly unknown[] | Readonly<Record<string, unknown>>;

/** A model server's side of the events, over real sockets. */
export class TestPublisher {
  readonly port: number;
  readonly #socket: XPublisher;
  readonly #router: Router | undefined;
  readonly replayPort: number;
  #next = 0;
  /** Messages that were sent, for replays. */
  readonly sent: Uint8Array[][] = [];

  private constructor(socket: XPublisher, port: number, router: Router | undefined, replayPort: number) {
    this.#socket = socket;
    this.port = port;
    this.#router = router;
    this.replayPort = replayPort;
  }

  /** Binds to a port, a free one unless it is given. */
  static async bind(options: { readonly port?: number; readonly replay?: boolean } = {}): Promise<TestPublisher> {
    const socket = new zeromq!.XPublisher({ linger: 0, verbosity: 'allSubs' });
    await socket.bind(`tcp://127.0.0.1:${options.port ?? '*'}`);
    let router: Router | undefined;
    if (options.replay === true) {
      router = new zeromq!.Router({ linger: 0 });
      await router.bind('tcp://127.0.0.1:*');
    }
    const publisher = new TestPublisher(socket, portOf(socket), router, router === undefined ? 0 : portOf(router));
    if (router !== undefined) void publisher.#answer(router);
    return publisher;
  }

  /** Connects to somebody who listens. */
  static connect(address: string): TestPublisher {
    const socket = new zeromq!.XPublisher({ linger: 0, verbosity: 'allSubs' });
    socket.connect(address);
    return new TestPublisher(socket, 0, undefined, 0);
  }

  /** Resolves when somebody has subscribed, so that nothing that is sent then is lost. */
  async subscribed(): Promise<void> {
    for (;;) {
      const [frame] = await this.#socket.receive();
      if (frame![0] === 1) return;
    }
  }

  async send(topic: string, events: readonly WireEvent[], options: { readonly number?: number } = {}): Promise<void> {
    await this.sendRaw(topic, encoder.encode([1_700_000_000.5, events, 0]), options);
  }

  async sendRaw(topic: string, payload: Uint8Array, options: { readonly number?: number } = {}): Promise<void> {
    const number = options.number ?? this.#next;
    this.#next = number + 1;
    const frame = new Uint8Array(8);
    new DataView(frame.buffer).setBigUint64(0, BigInt(number));
    const message = [new TextEncoder().encode(topic), frame, payload];
    this.sent.push(message);
    await this.#socket.send(message);
  }

  /** Counts a message that nobody gets to see. */
  lose(topic: string, events: readonly WireEvent[]): void {
    const frame = new Uint8Array(8);
    new DataView(frame.buffer).setBigUint64(0, BigInt(this.#next++));
    this.sent.push([new TextEncoder().encode(topic), frame, encoder.encode([1, events, 0])]);
  }

  /** Closes, and resolves when its ports can be had by somebody else. */
  async leave(): Promise<void> {
    await Promise.all([this.#socket, this.#router].map((socket) => socket && unbound(socket)));
    this.close();
  }

  close(): void {
    this.#socket.close();
    this.#router?.close();
  }

  async #answer(router: Router): Promise<void> {
    for await (const [peer, , start] of router) {
      const from = new DataView(start!.buffer, start!.byteOffset).getBigUint64(0);
      for (const message of this.sent) {
        const number = new DataView(message[1]!.buffer).getBigUint64(0);
        if (number >= from) await router.send([peer!, '', ...message]);
      }
      await router.send([peer!, '', '', new Uint8Array(8).fill(0xff), '']);
    }
  }
}

async function unbound(socket: XPublisher | Router): Promise<void> {
  const { events } = socket;
  void socket.unbind(socket.lastEndpoint!);
  for await (const { type } of events) if (type === 'close') return;
}

function portOf(socket: XPublisher | Router): number {
  return Number(socket.lastEndpoint!.slice(socket.lastEndpoint!.lastIndexOf(':') + 1));
}

/** The hash of block `i` of a prompt that is called `name`, as an engine might have it. */
function engineHash(name: number, i: number): bigint {
  return BigInt.asUintN(64, 0x9e3779b97f4a7c15n * BigInt(name * 1000 + i + 1));
}

/** A BlockStored event by position, of blocks `from` to `to` of a prompt. */
export function stored(
  prompt: { readonly name: number; readonly tokens: readonly number[] },
  from: number,
  to: number,
  options: { readonly blockSize?: number; readonly medium?: string; readonly adapter?: string } = {},
): WireEvent {
  const { blockSize = 16, medium = 'GPU', adapter } = options;
  return [
    'BlockStored',
    Array.from({ length: to - from }, (_, i) => engineHash(prompt.name, from + i)),
    from === 0 ? null : engineHash(prompt.name, from - 1),
    prompt.tokens.slice(from * blockSize, to * blockSize),
    blockSize,
    null,
    medium,
    adapter ?? null,
    null,
  ];
}

/** A BlockRemoved event of the blocks with these numbers. */
export function removed(name: number, blocks: readonly number[], medium = 'GPU'): WireEvent {
  return ['BlockRemoved', blocks.map((i) => engineHash(name, i)), medium];
}
