import { Client, type ClientDuplexStream, credentials, status as grpcStatus, type StatusObject } from '@grpc/grpc-js';
import {
  BODY_MODE,
  type BodyMode,
  type CommonResponse,
  EXTERNAL_PROCESSOR,
  type HeaderMutation,
  type ImmediateResponse,
  type ProcessingRequest,
  type ProcessingResponse,
} from '../src/index.ts';

/** Values by name, or a list where names repeat. */
export type HeaderList = Readonly<Record<string, string>> | readonly (readonly [string, string])[];

const bytes = (text: string | Uint8Array) => (typeof text === 'string' ? Buffer.from(text) : text);

/** Messages as a proxy makes them. */
export const say = {
  modes: (request: BodyMode, response: BodyMode): Partial<ProcessingRequest> => ({
    protocolConfig: {
      requestBodyMode: request,
      responseBodyMode: response,
      sendBodyWithoutWaitingForHeaderResponse: false,
    },
  }),
  requestHeaders: (headers: HeaderList, endOfStream = false): Partial<ProcessingRequest> => ({
    requestHeaders: { headers: headerMap(headers), endOfStream },
  }),
  requestBody: (body: string | Uint8Array, endOfStream = false): Partial<ProcessingRequest> => ({
    requestBody: { body: bytes(body), endOfStream, endOfStreamWithoutMessage: false },
  }),
  requestTrailers: (): Partial<ProcessingRequest> => ({ requestTrailers: { trailers: headerMap({ 'x-sum': '1' }) } }),
  responseHeaders: (headers: HeaderList, endOfStream = false): Partial<ProcessingRequest> => ({
    responseHeaders: { headers: headerMap(headers), endOfStream },
  }),
  responseBody: (body: string | Uint8Array, endOfStream = false): Partial<ProcessingRequest> => ({
    responseBody: { body: bytes(body), endOfStream, endOfStreamWithoutMessage: false },
  }),
  responseTrailers: (): Partial<ProcessingRequest> => ({
    responseTrailers: { trailers: headerMap({ 'grpc-status': '0' }) },
  }),
};

export const FULL_DUPLEX: Partial<ProcessingRequest> = say.modes(
  BODY_MODE.FULL_DUPLEX_STREAMED,
  BODY_MODE.FULL_DUPLEX_STREAMED,
);

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
    const { path, requestSerialize, responseDeserialize } = EXTERNAL_PROCESSOR.process;
    const serialize = (message: Partial<ProcessingRequest> | Buffer) =>
      Buffer.isBuffer(message) ? message : requestSerialize(message);
    return new ProxyStream(this.#client.makeBidiStreamRequest(path, serialize, responseDeserialize));
  }

  close(): void {
    this.#client.close();
  }
}

/** One stream, as the proxy sees it. */
export class ProxyStream {
  readonly replies: ProcessingResponse[] = [];
  /** Resolves when the stream has ended, by whomever. */
  readonly ended: Promise<StatusObject>;
  status: StatusObject | undefined;
  onReply: ((reply: ProcessingResponse) => void) | undefined;
  readonly #call: ClientDuplexStream<Partial<ProcessingRequest> | Buffer, ProcessingResponse>;
  #waiting: (() => void)[] = [];

  constructor(call: ClientDuplexStream<Partial<ProcessingRequest> | Buffer, ProcessingResponse>) {
    this.#call = call;
    call.on('data', (reply: ProcessingResponse) => {
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

  send(...messages: (Partial<ProcessingRequest> | Buffer)[]): void {
    for (const message of messages) this.#call.write(message);
  }

  /** All replies, once there are `count`; fails when the stream ends before. */
  async receive(count: number): Promise<readonly ProcessingResponse[]> {
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
export function answerOf(reply: ProcessingResponse | undefined, kind: Answered): CommonResponse | undefined {
  // What is not set can be read all the same, as null.
  if (reply === undefined || !Object.hasOwn(reply, kind)) return undefined;
  const answer = (reply as Partial<Record<Answered, { readonly response?: CommonResponse | null }>>)[kind];
  return answer?.response ?? {};
}

/** What the proxy shall answer by itself. */
export function refusalIn(reply: ProcessingResponse): ImmediateResponse | undefined {
  return Object.hasOwn(reply, 'immediateResponse') && 'immediateResponse' in reply
    ? reply.immediateResponse
    : undefined;
}

/** The header changes of a reply, readable. */
export function editsOf(mutation: HeaderMutation | null | undefined) {
  const set: Record<string, string> = {};
  for (const { header } of mutation?.setHeaders ?? []) set[header.key] = Buffer.from(header.rawValue ?? []).toString();
  return { set, remove: [...(mutation?.removeHeaders ?? [])] };
}
