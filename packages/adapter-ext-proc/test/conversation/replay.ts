import { status as grpcStatus, type StatusObject } from '@grpc/grpc-js';
import { BODY_MODE } from '../../src/index.ts';
import { ProxyClient, type ProxyStream, say } from '../proxy-client.ts';
import { type Reply, receivedReply, type Status, type StreamOutcome } from './outcome.ts';
import { bytesOf, type Recording } from './recording.ts';
import { toWire } from './to-wire.ts';
import { kindsOf } from './view.ts';

const SPELLED: Readonly<Record<string, string>> = {
  OK: 'OK',
  INTERNAL: 'Internal',
  RESOURCE_EXHAUSTED: 'ResourceExhausted',
  CANCELLED: 'Canceled',
  UNAVAILABLE: 'Unavailable',
};

/** A stream, and what came on it after which step. */
class Recorder {
  readonly stream: ProxyStream;
  readonly replies: Reply[] = [];
  #hasLeft = false;
  #endedBy: Status['endedBy'] | undefined;
  #endedAfter = 0;

  constructor(stream: ProxyStream, now: () => number) {
    this.stream = stream;
    stream.onReply = (reply) => this.replies.push(receivedReply(now(), reply));
    void stream.ended.then(() => {
      this.#endedBy = this.#hasLeft ? 'client' : 'picker';
      this.#endedAfter = now();
    });
  }

  halfClose(): void {
    if (this.#endedBy === undefined) this.#hasLeft = true;
    this.stream.halfClose();
  }

  abort(): void {
    this.#hasLeft = true;
    this.stream.abort();
  }

  /** Waits for as many kinds of replies, or for the end. */
  async expectKinds(count: number): Promise<void> {
    while (kindsOf(this.replies).length < count && this.stream.status === undefined) await this.stream.nextEvent();
  }

  async outcome(): Promise<StreamOutcome> {
    const { code }: StatusObject = await this.stream.ended;
    const endedBy = this.#endedBy ?? 'picker';
    return {
      replies: this.replies,
      status: { code: SPELLED[grpcStatus[code]]!, endedBy, after: this.#endedAfter },
    };
  }
}

/**
 * Takes the steps of a recording against a picker.
 * @param due how many kinds of replies must have come on a stream by the end of a step
 * @returns what came, by stream
 */
export async function replay(
  { requests }: Recording,
  port: number,
  due: (stream: string, step: number) => number,
): Promise<ReadonlyMap<string, StreamOutcome>> {
  const proxy = new ProxyClient(port);
  const recorders = new Map<string, Recorder>();
  let step = 0;
  try {
    for (const { stream = '', send, unknown, halfClose, abort } of requests) {
      let recorder = recorders.get(stream);
      const isWait = send === undefined && unknown === undefined && halfClose === undefined && abort === undefined;
      if (recorder === undefined && !isWait) {
        recorder = new Recorder(proxy.open(), () => step);
        recorders.set(stream, recorder);
      }
      step++;
      if (send !== undefined) recorder!.stream.send(toWire(send));
      if (unknown !== undefined) recorder!.stream.send(bytesOf(unknown));
      if (halfClose === true) recorder!.halfClose();
      if (abort === true) recorder!.abort();
      for (const [name, each] of recorders) await each.expectKinds(due(name, step));
      // What should not come would have come by now: the picker has answered what was asked later.
      await roundTrip(proxy);
      await roundTrip(proxy);
    }
    for (const recorder of recorders.values()) recorder.halfClose();
    const outcomes = new Map<string, StreamOutcome>();
    for (const [name, recorder] of recorders) outcomes.set(name, await recorder.outcome());
    return outcomes;
  } finally {
    proxy.close();
  }
}

/** Asks for what is refused at once, and waits for the refusal. */
async function roundTrip(proxy: ProxyClient): Promise<void> {
  const stream = proxy.open();
  stream.send({ ...say.requestHeaders({}), ...say.modes(BODY_MODE.GRPC, BODY_MODE.GRPC) });
  await stream.ended;
}
