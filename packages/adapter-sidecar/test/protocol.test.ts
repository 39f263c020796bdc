import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { chat, json, PREFILLED, prefillBy, startModel, startSidecar } from './rig.ts';

const ANSWER = '{"choices":[]}';

function open(url: string, headers: Record<string, string> = {}): ClientRequest {
  const sent = httpRequest(`${url}/v1/chat/completions`, { method: 'POST', headers });
  sent.end('{}');
  return sent;
}

async function answered(sent: ClientRequest): Promise<{ readonly message: IncomingMessage; readonly text: string }> {
  const [message] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of message) text += String(chunk);
  return { message, text };
}

/** All that comes over a connection until it ends. */
async function whole(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe('an answer', () => {
  it.each([
    ['that passes', false],
    ['that is edited', true],
  ])('%s keeps its trailers', async (_, isSplit) => {
    const prefill = await startModel(json(PREFILLED));
    const decode = await startModel(({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json', trailer: 'x-sum' });
      response.addTrailers({ 'x-sum': 'abc' });
      response.end(ANSWER);
    });
    const { url } = await startSidecar({ decode });
    const { message, text } = await answered(open(url, isSplit ? prefillBy(prefill) : {}));
    expect(text).toBe(ANSWER);
    expect(message.trailers).toEqual({ 'x-sum': 'abc' });
  });

  it('comes after its early hints', async () => {
    const decode = await startModel((got) => {
      got.response.writeEarlyHints({ link: '</a>; rel=preload' });
      json(ANSWER)(got);
    });
    const { url } = await startSidecar({ decode });
    const sent = open(url);
    const hints: unknown[] = [];
    sent.on('information', ({ statusCode, headers }) => hints.push([statusCode, headers.link]));
    expect((await answered(sent)).text).toBe(ANSWER);
    expect(hints).toEqual([[103, '</a>; rel=preload']]);
  });

  it('that an engine declined has sent no early hints', async () => {
    const prefill = await startModel(json('{}'));
    const decode = await startModel((got, i) => {
      got.response.writeEarlyHints({ link: `</${i}>; rel=preload` });
      json(i === 0 ? '{"choices":[{"finish_reason":"cache_threshold"}]}' : ANSWER)(got);
    });
    const { url } = await startSidecar({ decode, kvConnector: 'shared-storage' });
    const sent = httpRequest(`${url}/v1/chat/completions`, { method: 'POST', headers: prefillBy(prefill) });
    const hints: unknown[] = [];
    sent.on('information', ({ headers }) => hints.push(headers.link));
    sent.end('{"cache_hit_threshold":0.8}');
    expect((await answered(sent)).text).toBe(ANSWER);
    expect(hints).toEqual(['</1>; rel=preload']);
  });

  it('of 304 tells the length that another one would have', async () => {
    const decode = await startModel(({ response }) => response.writeHead(304, { 'content-length': '5' }).end());
    const { url } = await startSidecar({ decode });
    for (let i = 0; i < 2; i++) {
      const { message, text } = await answered(open(url));
      expect([message.statusCode, message.headers['content-length'], text]).toEqual([304, '5', '']);
    }
  });
});

describe('what is no request', () => {
  it('is answered in the form of vLLM', async () => {
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('nonsense\r\n\r\n');
    const [head, body] = (await whole(socket)).split('\r\n\r\n') as [string, string];
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(JSON.parse(body)).toMatchObject({ object: 'error', type: 'BadRequestError', code: 400 });
  });

  it('is a body in a coding that nobody undoes', async () => {
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('POST /v1/completions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 501 /);
    socket.destroy();
    expect(decode.got).toEqual([]);
  });
});

describe('a client that leaves', () => {
  it('takes with it all requests that wait for their turn on its connection', async () => {
    const decode = await startModel(() => {});
    const { url, sidecar } = await startSidecar({ decode });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}'.repeat(2));
    const both = await Promise.all([decode.request(0), decode.request(1)]);
    const closed = both.map(({ response }) => once(response, 'close'));
    socket.destroy();
    await Promise.all(closed);
    await expect.poll(() => sidecar.openRequests).toBe(0);
  });
});

it('a kept-alive connection serves the next request after an error', async () => {
  const decode = await startModel(json(ANSWER));
  const { url } = await startSidecar({ decode });
  expect((await chat(url, prefillBy({ port: 1 }))).status).toBe(502);
  expect((await chat(url)).status).toBe(200);
});
