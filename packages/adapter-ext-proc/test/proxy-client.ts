import { Client, type ClientDuplexStream, credentials, status as grpcStatus, type StatusObject } from '@grpc/grpc-js';
import { BODY_MODE, type BodyMode } from '../src/index.ts';
import { EXTERNAL_PROCESSOR } from './wire/external-processor.ts';
import type { ProxyCommon, ProxyImmediate, ProxyMutation, ProxyReply, ProxyRequest } from './wire/proxy-messages.ts';

/** Values by name, or a list where names repeat. */
export type HeaderList = Readonly<Record<string, string>> | readonly (readonly [string, string])[];

const bytes = (text: string | Uint8Array) => (typeof text === 'string' ? Buffer.from(text) : text);

/** Messages as a proxy makes them. */
export const say = {
  modes: (request: BodyMode, response: BodyMode): ProxyRequest => ({
    protocolConfig: {
      requestBodyMode: request,
      responseBodyMode: response,
    },
  }),
  requestHeaders: (headers: HeaderList, endOfStream = false): ProxyRequest => ({
    requestHeaders: { headers: headerMap(headers), endOfStream },
  }),
  requestBody: (body: string | Uint8Array, endOfStream = false): ProxyRequest => ({
    requestBody: { body: bytes(body), endOfStream },
  }),
  requestTrailers: (): ProxyRequest => ({ requestTrailers: { trailers: headerMap({ 'x-sum': '1' }) } }),
  responseHeaders: (headers: HeaderList, endOfStream = false): ProxyRequest => ({
    responseHeaders: { headers: headerMap(headers), endOfStream },
  }),
  responseBody: (body: string | Uint8Array, endOfStream = false): ProxyRequest => ({
    responseBody: { body: bytes(body), endOfStream },
  }),
  responseTrailers: (): ProxyRequest => ({
    responseTrailers: { trailers: headerMap({ 'grpc-status': '0' }) },
  }),
};

export const FULL_DUPLEX: ProxyRequest = say.modes(BODY_MODE.FULL_DUPLEX_STREAMED, BODY_MODE.FULL_DUPLEX_STREAMED);

function headerMap(headers: HeaderList) {
  const entries = Array.isArray(headers) ? headers : Object.entries(headers);
  return { headers: entries.map(([key, value]) => ({ key, rawValue: Buffer.from(value) })) };
}

/** A proxy with one connection to a picker. */
export class ProxyClient {
  readonly #client: Client;

  constructor(port: number) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.max_send_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** Begins the processing of one HTTP request. */
  open(): ProxyStream {
    const { path, serialize, deserialize } = EXTERNAL_PROCESSOR;
    return new ProxyStream(this.#client.makeBidiStreamRequest(path, serialize, deserialize));
  }

  close(): void {
    this.#client.close();
  }
}

/** One stream, as the proxy sees it. */
export class ProxyStream {
  readonly replies: ProxyReply[] = [];
  /** Resolves when the stream has ended, by whomever. */
  readonly ended: Promise<StatusObject>;
  status: StatusObject | undefined;
  onReply: ((reply: ProxyReply) => void) | undefined;
  readonly #call: ClientDuplexStream<ProxyRequest | Buffer, ProxyReply>;
  #waiting: (() => void)[] = [];

  constructor(call: ClientDuplexStream<ProxyRequest | Buffer, ProxyReply>) {
    this.#call = call;
    call.on('data', (reply: ProxyReply) => {
      this.replies.push(reply);
      this.onReply?.(reply);
      this.#wake();
    });
    // The status says it too.
    call.on('error', () => {});
    this.ended = new Promise((resolve) => {
      call.on('status', (status: StatusObject) => {
        this.status = status;
        resolve(status);
        this.#wake();
      });
    });
  }

  send(...messages: (ProxyRequest | Buffer)[]): void {
    for (const message of messages) this.#call.write(message);
  }

  /** All replies, once there are `count`; fails when the stream ends before. */
  async receive(count: number): Promise<readonly ProxyReply[]> {
    while (this.replies.length < count) {
      if (this.status !== undefined) {
        throw new Error(`the stream ended with ${this.replies.length} replies: ${grpcStatus[this.status.code]}`);
      }
      await this.nextEvent();
    }
    return this.replies;
  }

  /** Resolves with the next reply, or the end. */
  nextEvent(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  halfClose(): void {
    this.#call.end();
  }

  abort(): void {
    this.#call.cancel();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

type Answered = 'requestHeaders' | 'requestBody' | 'responseHeaders' | 'responseBody';

/** What a reply of this kind says; undefined for any other kind. */
export function answerOf(reply: ProxyReply | undefined, kind: Answered): ProxyCommon | undefined {
  // What is not set can be read all the same, as null.
  if (reply === undefined || !Object.hasOwn(reply, kind)) return undefined;
  const answer = (reply as Partial<Record<Answered, { readonly response?: ProxyCommon | null }>>)[kind];
  return answer?.response ?? {};
}

/** What the proxy shall answer by itself. */
export function refusalIn(reply: ProxyReply): ProxyImmediate | undefined {
  return Object.hasOwn(reply, 'immediateResponse') && 'immediateResponse' in reply
    ? reply.immediateResponse
    : undefined;
}

/** The header changes of a reply, readable. */
export function editsOf(mutation: ProxyMutation | null | undefined) {
  const set: Record<string, string> = {};
  for (const { header } of mutation?.setHeaders ?? []) set[header.key] = Buffer.from(header.rawValue ?? []).toString();
  return { set, remove: [...(mutation?.removeHeaders ?? [])] };
}
