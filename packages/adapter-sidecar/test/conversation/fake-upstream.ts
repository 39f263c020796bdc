import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ConversationTime } from './conversation-time.ts';
import type { EventLog } from './event-log.ts';
import type { RecordedReply } from './recording.ts';

/** A request as a model server got it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string[]>;
  readonly body: Buffer;
}

/** A model server that answers what was recorded. */
export class FakeUpstream {
  readonly received: Received[] = [];
  /** Requests that are not over. */
  busy = 0;
  readonly #name: string;
  readonly #log: EventLog;
  readonly #time: ConversationTime;
  readonly #server: Server;
  replies: readonly { readonly reply: RecordedReply; readonly json: string | undefined }[] = [];

  constructor(
    name: string,
    log: EventLog,
    time: ConversationTime,
    tls?: { readonly cert: string; readonly key: string },
  ) {
    this.#name = name;
    this.#log = log;
    this.#time = time;
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    this.#server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  }

  async listen(port: number): Promise<number> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    const i = this.received.length;
    const { method = '', url = '', headersDistinct } = request;
    this.received.push({
      method,
      path: url,
      headers: { ...headersDistinct } as Record<string, string[]>,
      body: Buffer.concat(body),
    });
    const event = (what: string) => this.#log.add(`${this.#name}#${i}:${what}`);
    this.busy++;
    event('request');
    let isOver = false;
    response.once('close', () => {
      this.busy--;
      if (!isOver) event('aborted');
      this.#log.look();
    });
    const over = (what: string) => {
      isOver = true;
      event(what);
    };
    const entry = this.replies[i];
    if (entry === undefined) {
      over('unexpected');
      response.writeHead(599).end();
      return;
    }
    await this.#send(entry.reply, entry.json, response, over);
  }

  async #send(
    { status = 200, headers = {}, text = '', chunks, delay_ms = 0, chunk_delay_ms = 5, drop }: RecordedReply,
    json: string | undefined,
    response: ServerResponse,
    over: (what: string) => void,
  ): Promise<void> {
    if (delay_ms > 0) await this.#time.pause(delay_ms);
    if (response.destroyed) return;
    if (drop === 'before-reply') {
      over('dropped');
      response.socket?.destroy();
      return;
    }
    const type = json === undefined ? chunks && 'text/event-stream' : 'application/json';
    if (type !== undefined) response.setHeader('content-type', type);
    response.sendDate = false;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string | string[]);
    if (chunks === undefined) {
      const body = json ?? text;
      over('end');
      response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body);
      return;
    }
    response.writeHead(status);
    for (const [i, chunk] of chunks.entries()) {
      if (i > 0) await this.#time.pause(Math.max(5, chunk_delay_ms));
      if (response.destroyed) return;
      if (i === chunks.length - 1) over('end');
      response.write(chunk);
    }
    response.end();
  }
}
