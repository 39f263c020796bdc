import type { Context, Subscriber as Subscription } from 'zeromq';
import type { EventTransport } from './event-transport.ts';
import { loadZeroMq } from './load-zeromq.ts';

/** ZeroMQ has room for 1,023 unless told; an endpoint takes three. */
const MAX_SOCKETS = 16_384;

/** Larger messages are nobody's: a publisher that sends one is cut off. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** Messages that wait here while a flood is worked off. More are lost, which their numbers show. */
const WAITING_MESSAGES = 10_000;
const RECONNECT_MS = 1000;
const RECONNECT_MAX_MS = 5000;
const REPLY_TIMEOUT_MS = 2000;

let shared: Context | undefined;

/**
 * ZeroMQ, from the package `zeromq`, which is native and therefore optional.
 * @throws PointsmanError PLUGIN_FAILED when it is not installed, or cannot be loaded on this machine
 */
export function zeromqTransport(plugin: string): EventTransport {
  const { Context, Dealer, Subscriber } = loadZeroMq(plugin);
  shared ??= new Context({ maxSockets: MAX_SOCKETS });
  const context = shared;
  const subscriber = (address: string) =>
    new Subscriber({
      context,
      ipv6: address.includes('['),
      linger: 0,
      maxMessageSize: MAX_MESSAGE_BYTES,
      receiveHighWaterMark: WAITING_MESSAGES,
      reconnectInterval: RECONNECT_MS,
      reconnectMaxInterval: RECONNECT_MAX_MS,
      // Notices a publisher whose machine is gone.
      tcpKeepalive: 1,
      tcpKeepaliveIdle: 30,
      tcpKeepaliveInterval: 10,
      tcpKeepaliveCount: 3,
    });
  return {
    connect(address, topicFilter) {
      const socket = subscriber(address);
      socket.subscribe(topicFilter);
      const isRefused = watchForRefusal(socket);
      socket.connect(address);
      return {
        async *[Symbol.asyncIterator]() {
          yield* socket;
          if (isRefused()) throw new Error(`${address} is not a publisher of KV-cache events`);
        },
        close: () => socket.close(),
      };
    },
    async listen(address, topicFilter) {
      const socket = subscriber(address);
      socket.subscribe(topicFilter);
      try {
        await socket.bind(address);
      } catch (error) {
        socket.close();
        throw error;
      }
      return socket;
    },
    replay(address) {
      const socket = new Dealer({
        context,
        ipv6: address.includes('['),
        linger: 0,
        maxMessageSize: MAX_MESSAGE_BYTES,
        receiveTimeout: REPLY_TIMEOUT_MS,
        sendTimeout: REPLY_TIMEOUT_MS,
      });
      socket.connect(address);
      return {
        send: (frames) => socket.send(frames as Uint8Array[]),
        receive: () => socket.receive(),
        close: () => socket.close(),
      };
    },
  };
}

/**
 * ZeroMQ connects again to whoever goes away or does not understand it, but never to somebody who speaks its protocol and is not
 * a publisher, such as the replay port. Closes the socket then. @returns whether that has happened
 */
function watchForRefusal(socket: Subscription): () => boolean {
  let isRefused = false;
  const watch = async () => {
    // A connection that ends with a word on its handshake, or after it, is tried again.
    let isSettled = true;
    for await (const { type } of socket.events) {
      if (type === 'connect') isSettled = false;
      else if (type.startsWith('handshake')) isSettled = true;
      else if (type === 'disconnect' && !isSettled) {
        isRefused = true;
        return socket.close();
      }
    }
  };
  void watch();
  return () => isRefused;
}
