import type { Socket } from 'node:net';

const FIELDS = '"id":"chatcmpl-6f1c1d3e","created":1764000000,"model":"m"';
const STREAM_HEAD = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n',
);
const TOKEN = httpChunk(
  event(`"choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]`),
);
const HEAD_AND_TOKEN = Buffer.concat([STREAM_HEAD, TOKEN]);

/** An answer in one piece. */
export function wholeAnswer(tokens: number): Buffer {
  const message = `{"role":"assistant","content":"${' word'.repeat(tokens)}"}`;
  const choices = `[{"index":0,"message":${message},"finish_reason":"stop"}]`;
  const body = `{${FIELDS},"object":"chat.completion","choices":${choices},"usage":${usage(tokens)}}`;
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
      socket.write(TOKEN);
      return again();
    }
    socket.write(lastChunks(tokens));
    ended();
  };
  const again = () => {
    if (gapMs > 0) setTimeout(next, gapMs);
    else setImmediate(next);
  };
  socket.write(HEAD_AND_TOKEN);
  again();
}

function lastChunks(tokens: number): string {
  const last = event(`"choices":[],"usage":${usage(tokens)}`);
  return `${httpChunk(last)}${httpChunk('data: [DONE]\n\n')}0\r\n\r\n`;
}

function event(fields: string): string {
  return `data: {${FIELDS},"object":"chat.completion.chunk",${fields}}\n\n`;
}

function usage(tokens: number): string {
  return `{"prompt_tokens":9,"completion_tokens":${tokens},"total_tokens":${tokens + 9}}`;
}

function httpChunk(data: string): Buffer {
  return Buffer.from(`${data.length.toString(16)}\r\n${data}\r\n`);
}
