// A model server that costs as little as it can: listens on several ports, answers at once or with 100 chunks 5 ms apart.
import { createServer } from 'node:http';

const ports = Number(process.argv[2]);
const CHUNKS = 100;
const SPACING_MS = 5;

const answer = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'm',
    choices: [{ index: 0, message: { role: 'assistant', content: 'word '.repeat(60) }, finish_reason: 'stop' }],
    usage: {
      prompt_tokens: 200,
      completion_tokens: 60,
      total_tokens: 260,
      prompt_tokens_details: { cached_tokens: 128 },
    },
  }),
);
const token = (delta, rest = {}) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1700000000, model: 'm', choices: [{ index: 0, delta, finish_reason: null }], ...rest })}\n\n`;
const chunk = Buffer.from(token({ content: ' word' }));
const usage = { prompt_tokens: 200, completion_tokens: 100, total_tokens: 300 };
const last = Buffer.from(`${token({}, { choices: [], usage })}data: [DONE]\n\n`);

// All streams are driven by one timer, so that many of them cost little here.
const streams = new Set();
setInterval(() => {
  for (const stream of streams) {
    if (++stream.sent < CHUNKS) stream.response.write(chunk);
    else {
      stream.response.end(last);
      streams.delete(stream);
    }
  }
}, SPACING_MS);

const servers = Array.from({ length: ports }, () =>
  createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    let wantsStream = false;
    let first = true;
    request.on('data', (data) => {
      if (first) wantsStream = data.subarray(0, 64).includes('"stream":true');
      first = false;
    });
    request.on('end', () => {
      if (!wantsStream) {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
        response.end(answer);
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      response.write(chunk);
      const stream = { response, sent: 1 };
      streams.add(stream);
      response.on('close', () => streams.delete(stream));
    });
  }),
);
await Promise.all(servers.map((server) => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))));
process.send({ ports: servers.map((server) => server.address().port) });
