import { silentLogger } from '@pointsman/core';
import { ByteBudget } from '../src/memory/byte-budget.ts';
import { ExtProcStream } from '../src/stream/ext-proc-stream.ts';
import { ModeAdvice } from '../src/stream/mode-advice.ts';
import type { Processor } from '../src/stream/processor.ts';
import type { StreamTransport } from '../src/stream/transport.ts';
import { decodeRequest } from '../src/wire/decode-request.ts';
import { encodeResponse } from '../src/wire/encode-response.ts';
import { BODY_MODE, type ProcessingResponse } from '../src/wire/messages.ts';
import { decodeReply, encodeRequest } from './wire/proxy-codec.ts';
import type { ProxyReply, ProxyRequest } from './wire/proxy-messages.ts';

/** What a stream sent, as the proxy reads it. Complains when anything follows the end. */
class RecordedTransport implements StreamTransport {
  readonly replies: ProxyReply[] = [];
  ending: 'end' | 'fail' | undefined;

  send(response: ProcessingResponse): void {
    this.#mustBeOpen('send');
    this.replies.push(decodeReply(Buffer.concat(encodeResponse(response))));
  }

  end(): void {
    this.#mustBeOpen('end');
    this.ending = 'end';
  }

  fail(): void {
    this.#mustBeOpen('fail');
    this.ending = 'fail';
  }

  /** Kinds of replies in order. */
  get kinds(): string[] {
    return this.replies.map(kindOf);
  }

  #mustBeOpen(what: string): void {
    if (this.ending !== undefined) throw new Error(`${what} after ${this.ending}`);
  }
}

export function kindOf(reply: ProxyReply): string {
  return Object.keys(reply).find((name) => name !== 'dynamicMetadata' && name !== 'modeOverride')!;
}

/** A stream without a socket: messages go through the codec all the same. */
export function openStream(processor: Processor, { bodyLimit = 1000, log = silentLogger } = {}) {
  const transport = new RecordedTransport();
  const { FULL_DUPLEX_STREAMED } = BODY_MODE;
  const budget = new ByteBudget(10 * bodyLimit);
  const stream = new ExtProcStream(
    {
      processor,
      bodyLimit,
      budget,
      unannounced: { request: FULL_DUPLEX_STREAMED, response: FULL_DUPLEX_STREAMED },
      advice: new ModeAdvice(log),
      log,
    },
    transport,
  );
  const send = (...messages: ProxyRequest[]) => {
    for (const message of messages) stream.receive(decodeRequest(encodeRequest(message)));
  };
  return { stream, transport, send, budget };
}
