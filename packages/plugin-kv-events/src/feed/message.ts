import { MalformedError } from '../events/msgpack-reader.ts';
import type { Frames } from './event-transport.ts';

/** A message with events. */
export interface EventMessage {
  readonly topic: string;
  /** Its number; numbers above 2^53 are rounded. */
  readonly number: number;
  readonly payload: Uint8Array;
}

const decoder = new TextDecoder();

/** Takes a message apart: topic, number, events. @throws MalformedError */
export function readMessage(frames: Frames): EventMessage {
  const [topic, number, payload] = frames;
  if (frames.length !== 3 || topic === undefined || number === undefined || payload === undefined) {
    throw new MalformedError(`a message has ${frames.length} parts instead of 3`);
  }
  if (number.length < 8) throw new MalformedError(`the number of a message has ${number.length} bytes instead of 8`);
  const view = new DataView(number.buffer, number.byteOffset, 8);
  return { topic: decoder.decode(topic), number: view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4), payload };
}

/** A number as messages have it. */
export function numberFrame(number: number): Uint8Array {
  const frame = new Uint8Array(8);
  new DataView(frame.buffer).setBigUint64(0, BigInt(number));
  return frame;
}

/** Of a topic `kv@<pod>@<model>`, both. A topic of another form is a pod's name. The name of a model may have `@` in it. */
export function readTopic(topic: string): { readonly pod: string; readonly model: string } {
  const [, pod, ...model] = topic.split('@');
  return pod === undefined || model.length === 0 ? { pod: topic, model: '' } : { pod, model: model.join('@') };
}
