/** Model servers that answer at once: `stream` in the path gives 100 chunks. Tells their ports. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const CHUNK = `data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":" word"}}]}\n\n`;
const ANSWER = JSON.stringify({
  choices: [{ message: { content: 'word '.repeat(100) } }],
  usage: { prompt_tokens: 9 },
});
const METRICS = ['num_requests_waiting', 'num_requests_running', 'kv_cache_usage_perc']
  .map((name) => `# TYPE vllm:${name} gauge\nvllm:${name}{model_name="m"} 0\n`)
  .join('');

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/metrics') {
    response.end(METRICS);
    return;
  }
  let isStream = false;
  request.on('data', (part: Buffer) => {
    isStream ||= part.includes('"stream":true');
  });
  request.on('end', () => {
    if (!isStream) {
      response.setHeader('content-type', 'application/json');
      response.end(ANSWER);
      return;
    }
    response.setHeader('content-type', 'text/event-stream');
    let left = 100;
    const next = () => {
      if (response.destroyed) return;
      response.write(CHUNK);
      if (--left > 0) setImmediate(next);
      else response.end('data: [DONE]\n\n');
    };
    next();
  });
}

const ports: number[] = [];
for (let i = 0; i < Number(process.argv[2]); i++) {
  const server = createServer({ keepAliveTimeout: 60_000 }, answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ports.push((server.address() as AddressInfo).port);
}
process.send!(ports);
process.on('disconnect', () => process.exit());
