import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { chat } from './chat.ts';
import type { Rig } from './create-rig.ts';
import { deferred } from './deferred.ts';

/** A streamed answer of model server m1 whose first event has reached the client. */
export interface StartedStream {
  /** How the model server goes on. */
  readonly model: ServerResponse;
  /** What comes after the first event. */
  readonly rest: Promise<{ readonly text: string; readonly isWhole: boolean }>;
  /** The client leaves. */
  leave(): void;
}

export async function startStream(rig: Rig): Promise<StartedStream> {
  const begun = deferred<ServerResponse>();
  rig.models[1]!.answer = (_arrival, response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.write('data: 1\n\n');
    begun.resolve(response);
  };
  const outgoing = request(new URL('/v1/chat/completions', rig.envoy.origin), { method: 'POST', agent: false });
  outgoing.on('error', () => {});
  outgoing.end(chat('m1', { stream: true }));
  const [incoming]: [IncomingMessage] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.on('error', () => {});
  await once(incoming, 'data');
  let text = '';
  incoming.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const rest = new Promise<{ text: string; isWhole: boolean }>((resolve) => {
    incoming.once('close', () => resolve({ text, isWhole: incoming.complete }));
  });
  return { model: await begun.promise, rest, leave: () => outgoing.destroy() };
}
