import type { Socket } from 'node:net';
import type { Load } from '../load.ts';

const FIELDS = '"id":"chatcmpl-6f1c1d3e","created":1764000000,"model":"m"';
const TOKEN = event('"choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]');
const DONE = 'data: [DONE]\n\n';
const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n';

const TOKEN_CHUNK = Buffer.from(chunk(TOKEN));
const HEAD_AND_TOKEN = Buffer.from(STREAM_HEAD + chunk(TOKEN));

/** How long the body of an answer is that came through whole. */
export function answerBytes({ tokens, stream }: Load): number {
  return stream ? tokens * TOKEN.length + usageEvent(tokens).length + DONE.length : completion(tokens).length;
}

/** An answer in one piece. */
export function wholeAnswer(tokens: number): Buffer {
  const body = completion(tokens);
  return Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

/**
 * Streams an answer as server-sent events: every token a chunk and a write of its own, `gapMs` after the one before it. With
 * 0, in the next turn of the event loop, so that Envoy may find several in one read, as behind a fast model server.
 */
export function streamAnswer(socket: Socket, tokens: number, gapMs: number, ended: () => void): void {
  let left = tokens - 1;
  const next = () => {
    if (socket.destroyed) return ended();
    if (left-- > 0) {
      socket.write(TOKEN_CHUNK);
      return again();
    }
    socket.write(`${chunk(usageEvent(tokens))}${chunk(DONE)}0\r\n\r\n`);
    ended();
  };
  const again = () => {
    if (gapMs > 0) setTimeout(next, gapMs);
    else setImmediate(next);
  };
  socket.write(HEAD_AND_TOKEN);
  again();
}

function completion(tokens: number): string {
  const message = `{"role":"assistant","content":"${' word'.repeat(tokens)}"}`;
  const choices = `[{"index":0,"message":${message},"finish_reason":"stop"}]`;
  return `{${FIELDS},"object":"chat.completion","choices":${choices},"usage":${usage(tokens)}}`;
}

function usageEvent(tokens: number): string {
  return event(`"choices":[],"usage":${usage(tokens)}`);
}

function event(fields: string): string {
  return `data: {${FIELDS},"object":"chat.completion.chunk",${fields}}\n\n`;
}

function usage(tokens: number): string {
  return `{"prompt_tokens":9,"completion_tokens":${tokens},"total_tokens":${tokens + 9}}`;
}

function chunk(data: string): string {
  return `${data.length.toString(16)}\r\n${data}\r\n`;
}
