import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import type { ConversationTime } from './conversation-time.ts';
import type { EventLog } from './event-log.ts';
import type { RecordedRequest } from './recording.ts';

/** What a client got. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: Record<string, string[]>;
  readonly body: Buffer;
  readonly failed: 'no-response' | 'truncated' | 'aborted' | undefined;
}

/** Sends one request of a conversation, and waits for the end of its answer. */
export function send(
  { method = 'POST', path, headers = {}, chunked_body, abort_after_events, abort_after_ms }: RecordedRequest,
  body: string | undefined,
  to: { readonly port: number; readonly isTls: boolean },
  name: string,
  log: EventLog,
  time: ConversationTime,
): Promise<Answer> {
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port: to.port,
      method,
      path,
      agent: false,
      rejectUnauthorized: false,
      headers: {
        'user-agent': 'golden-client/1.0',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(body !== undefined && !chunked_body && { 'content-length': Buffer.byteLength(body) }),
        ...headers,
      } as Record<string, string | string[] | number>,
    };
    let response: IncomingMessage | undefined;
    const chunks: Buffer[] = [];
    let failed: Answer['failed'];
    const end = (how: string) => {
      log.add(`${name}:${how}`);
      resolve({
        status: response?.statusCode,
        headers: { ...response?.headersDistinct } as Record<string, string[]>,
        body: Buffer.concat(chunks),
        failed,
      });
    };
    const abort = () => {
      failed = 'aborted';
      end('aborted');
      request.destroy();
    };
    const request = (to.isTls ? requestTls : requestPlain)(options, (got) => {
      response = got;
      got.on('data', (chunk: Buffer) => {
        if (chunks.length === 0) log.add(`${name}:first`);
        chunks.push(chunk);
        const events = Buffer.concat(chunks).toString('utf8').split('\n\n').length - 1;
        if (failed === undefined && abort_after_events !== undefined && events >= abort_after_events) abort();
      });
      got.on('end', () => {
        if (failed === undefined) end('done');
      });
      got.on('aborted', () => {
        if (failed !== undefined) return;
        failed = 'truncated';
        end('truncated');
      });
      got.on('error', () => {});
    });
    request.on('error', () => {
      if (failed !== undefined || response !== undefined) return;
      failed = 'no-response';
      end('dropped');
    });
    if (abort_after_ms !== undefined) void time.pause(abort_after_ms).then(abort);
    if (chunked_body && body !== undefined) request.write(body.slice(0, 10));
    request.end(chunked_body ? body?.slice(10) : body);
  });
}
