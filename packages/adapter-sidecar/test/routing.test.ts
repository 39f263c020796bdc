import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowHosts } from '../src/index.ts';
import { chat, json, ModelServer, PREFILLED, prefillBy, startModel, startSidecar } from './rig.ts';

const ANSWER = '{"choices":[]}';
const IMAGE = {
  model: 'm',
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://img/1.png' } }] }],
};

describe('whom headers may name', () => {
  it.each([
    ['169.254.169.254:80', 403],
    ['[fe80::1]:80', 403],
    ['[::ffff:169.254.169.254]:80', 403],
    ['0.0.0.0:80', 403],
    // 169.254.169.254 in one number.
    ['2852039166:80', 400],
    ['0xa9fea9fe:80', 400],
    ['user@10.0.0.1:80', 400],
    ['10.0.0.1:80/path', 400],
    ['10.0.0.1:99999', 400],
    ['[10.0.0.1]:80', 400],
  ])('%s gets %i', async (host, status) => {
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode });
    expect((await chat(url, { 'x-prefiller-host-port': host })).status).toBe(status);
    expect(decode.got).toEqual([]);
  });

  it('is asked of encoders and sources too', async () => {
    const decode = await startModel(json(ANSWER));
    const allowedHosts = allowHosts(['10.0.0.0/8']);
    const { url } = await startSidecar({ decode, allowedHosts, encoderConnector: 'ec-example', p2pPull: true });
    const headers = { 'x-encoder-hosts-ports': '127.0.0.1:1', 'x-kv-cache-source-host-port': '127.0.0.1:1' };
    expect((await chat(url, headers)).status).toBe(200);
    expect(decode.got[0]!.body).toBe(JSON.stringify({ model: 'm', messages: [] }));
  });

  it('is an address, a subnet or a name', () => {
    const allows = allowHosts(['10.0.0.0/8', '192.168.1.7', 'fd00::/8', 'Pod-X']);
    for (const host of ['10.255.0.1', '192.168.1.7', 'fd12::1', 'pod-x', '::ffff:10.0.0.1'])
      expect(allows(host)).toBe(true);
    for (const host of ['11.0.0.1', '192.168.1.8', 'fe00::1', 'pod-xy', '']) expect(allows(host)).toBe(false);
    expect(() => allowHosts(['10.0.0.0/33'])).toThrow(/is no subnet/);
    expect(() => allowHosts(['pods/8'])).toThrow(/is no subnet/);
  });

  it('holds for every address outside of a subnet', () => {
    const allows = allowHosts(['10.1.0.0/16']);
    const byte = fc.nat(255);
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte, byte), (bytes) => {
        expect(allows(bytes.join('.'))).toBe(bytes[0] === 10 && bytes[1] === 1);
      }),
    );
  });
});

describe('several prefillers', () => {
  it('on two lines are all seen', async () => {
    const [first, second] = [await startModel(json(PREFILLED)), await startModel(json(PREFILLED))];
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode, prefillerSampling: true, random: () => 0.99 });
    const named = [first, second].map(({ port }) => `127.0.0.1:${port}`).join(',');
    expect((await chat(url, { 'x-prefiller-host-port': named })).status).toBe(200);
    expect([first.got.length, second.got.length]).toEqual([0, 1]);
  });
});

describe('data-parallel ranks', () => {
  it('stay the same after encoders', async () => {
    const encode = await startModel(json('{}'));
    const [decode, other] = await twoRanks();
    try {
      const { urls } = await startSidecar({ decode, dataParallelSize: 2, encoderConnector: 'ec-example' });
      const headers = { 'x-encoder-hosts-ports': `127.0.0.1:${encode.port}` };
      expect((await chat(urls[1]!, headers, JSON.stringify(IMAGE))).status).toBe(200);
      expect([decode.got.length, other.got.length]).toEqual([0, 1]);
    } finally {
      decode.close();
      other.close();
    }
  });
});

describe('encoders', () => {
  it('that break off cost a 502, and nothing else', async () => {
    const encode = await startModel((got, i) => {
      if (i > 0) return json('{}')(got);
      got.response.writeHead(200, { 'content-length': '1000' });
      got.response.write('{', () => got.response.destroy());
    });
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode, encoderConnector: 'ec-example' });
    const headers = { 'x-encoder-hosts-ports': `127.0.0.1:${encode.port}` };
    expect((await chat(url, headers, JSON.stringify(IMAGE))).status).toBe(502);
    expect((await chat(url, headers, JSON.stringify(IMAGE))).status).toBe(200);
    expect(decode.got.length).toBe(1);
  });
});

describe('an engine that declines in a stream', () => {
  it('is left, and the client sees nothing of it', async () => {
    const prefill = await startModel(json('{}'));
    let declined: Promise<unknown> | undefined;
    const decode = await startModel(({ response }, i) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-try': String(i) });
      const reason = i === 0 ? 'cache_threshold' : 'stop';
      response.write(`data: {"choices":[{"finish_reason":"${reason}"}]}\n\n`);
      if (i > 0) response.end('data: [DONE]\n\n');
      else declined = new Promise((resolve) => response.once('close', resolve));
    });
    const { url } = await startSidecar({ decode, kvConnector: 'shared-storage' });
    const body = JSON.stringify({ model: 'm', stream: true, cache_hit_threshold: 0.8 });
    const answer = await chat(url, prefillBy(prefill), body);
    expect(answer.headers.get('x-try')).toBe('1');
    expect(await answer.text()).toBe('data: {"choices":[{"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
    await declined;
    expect(decode.got.map((got) => got.body)).toEqual([body, body.replace('0.8', '0')]);
  });

  it('is not needed to answer: what breaks off before two events is a failure', async () => {
    const prefill = await startModel(json('{}'));
    const decode = await startModel(({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {}\n\n', () => response.destroy());
    });
    const { url } = await startSidecar({ decode, kvConnector: 'shared-storage' });
    const answer = await chat(url, prefillBy(prefill), '{"stream":true,"cache_hit_threshold":0.8}');
    expect(answer.status).toBe(502);
  });
});

/** Two model servers on ports that follow one another. */
async function twoRanks(): Promise<readonly [ModelServer, ModelServer]> {
  for (;;) {
    const first = await new ModelServer(json(ANSWER)).listen();
    const second = new ModelServer(json(ANSWER));
    try {
      return [first, await second.listen(first.port + 1)];
    } catch {
      first.close();
    }
  }
}
