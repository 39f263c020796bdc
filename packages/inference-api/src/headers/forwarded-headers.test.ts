import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { forwardedRequestHeaders, forwardedResponseHeaders, withoutHeaders } from './forwarded-headers.ts';
import { hopByHopHeaders } from './hop-by-hop-headers.ts';
import { routingControlHeaders } from './routing-control-headers.ts';

test('headers that end at this hop', () => {
  const raw = ['Host', 'h', 'Connection', 'keep-alive, X-Secret', 'X-Secret', '1', 'connection', ' X-Other ,, close'];
  const names = hopByHopHeaders(raw);
  for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'te', 'upgrade', 'x-secret', 'x-other']) {
    expect(names.has(name)).toBe(true);
  }
  expect([...names].filter((name) => ['host', '', 'close'].includes(name))).toEqual([]);
});

test('without news from Connection the same set comes back', () => {
  const plain = hopByHopHeaders(['Host', 'h', 'Connection', 'keep-alive']);
  expect(hopByHopHeaders([])).toBe(plain);
  expect(hopByHopHeaders(['Connection', 'X-A'])).not.toBe(plain);
  expect(plain.has('x-a')).toBe(false);
});

test('what a client sends to steer routing does not go on, in any spelling', () => {
  const steering = [...routingControlHeaders].flatMap((name) => [
    name.toUpperCase(),
    '10.9.9.9:80',
    name,
    '10.9.9.9:81',
  ]);
  const kept = ['X-Session-Token', 't', 'x-session-id', 's', 'Accept', 'a', 'accept', 'b', 'Authorization', 'Bearer k'];
  expect(forwardedRequestHeaders([...steering, ...kept])).toEqual(kept);
});

test('a response keeps what is not for this hop', () => {
  const cookies = ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'];
  expect(forwardedResponseHeaders([...cookies, 'Transfer-Encoding', 'chunked', 'Keep-Alive', 'timeout=5'])).toEqual(
    cookies,
  );
});

test('others may be dropped', () => {
  expect(withoutHeaders(['Host', 'h', 'X-A', '1'], new Set(['host']))).toEqual(['X-A', '1']);
});

test('with the raw headers of node:http', async () => {
  const server = createServer((req, res) => res.end(JSON.stringify(forwardedRequestHeaders(req.rawHeaders))));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    const { port } = server.address() as AddressInfo;
    const headers = {
      'X-Prefiller-Host-Port': '10.9.9.9:80',
      'X-Hop': '1',
      Connection: 'close, x-hop',
      'X-Request-Id': 'r',
    };
    const body = await new Promise<string>((resolve, reject) => {
      const req = request({ host: '127.0.0.1', port, headers }, (res) => {
        let text = '';
        res.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        res.on('end', () => resolve(text));
      });
      req.on('error', reject).end();
    });
    expect(JSON.parse(body)).toEqual(['X-Request-Id', 'r', 'Host', `127.0.0.1:${port}`]);
  } finally {
    server.close();
  }
});
