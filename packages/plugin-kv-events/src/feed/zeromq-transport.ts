import type { EventTransport } from './event-transport.ts';
import { loadZeroMq } from './load-zeromq.ts';

/** Larger messages are nobody's: a publisher that sends one is cut off. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** Messages that wait here while a flood is worked off. More are lost, which their numbers show. */
const WAITING_MESSAGES = 10_000;
const RECONNECT_MS = 1000;
const RECONNECT_MAX_MS = 5000;
const REPLY_TIMEOUT_MS = 2000;

/**
 * ZeroMQ, from the package `zeromq`, which is native and therefore optional.
 * @throws PointsmanError PLUGIN_FAILED when it is not installed, or cannot be loaded on this machine
 */
export function zeromqTransport(plugin: string): EventTransport {
  const { Dealer, Subscriber } = loadZeroMq(plugin);
  const subscriber = (address: string) =>
    new Subscriber({
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
      socket.connect(address);
      return socket;
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
