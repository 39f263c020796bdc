import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { chat, json, PREFILLED, prefillBy, startModel, startSidecar } from './rig.ts';

const ANSWER = '{"choices":[]}';

describe('a prefiller', () => {
  it('that breaks off in mid body costs a 502, and nothing else', async () => {
    const prefill = await startModel((got, i) => {
      if (i > 0) return json(PREFILLED)(got);
      got.response.writeHead(200, { 'content-length': '1000' });
      got.response.write('{"usage":', () => got.response.destroy());
    });
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode });
    const first = await chat(url, prefillBy(prefill));
    expect(first.status).toBe(502);
    expect(await first.json()).toMatchObject({ object: 'error', type: 'BadGateway', code: 502, param: null });
    expect(decode.got).toEqual([]);
    expect((await chat(url, prefillBy(prefill))).status).toBe(200);
  });

  it('that says too much costs a 502', async () => {
    const prefill = await startModel(json(`{"a":"${'x'.repeat(2_000)}"}`));
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode, limits: { answerBytes: 1_000 } });
    expect((await chat(url, prefillBy(prefill))).status).toBe(502);
    expect(decode.got).toEqual([]);
  });

  it('that is not waited for any longer costs a 504', async () => {
    const prefill = await startModel(() => {});
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode, timeouts: { prefillMs: 1 } });
    const answer = await chat(url, prefillBy(prefill));
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ type: 'GatewayTimeout' });
  });

  it('is left when the client leaves', async () => {
    const prefill = await startModel(() => {});
    const decode = await startModel(json(ANSWER));
    const { url, sidecar } = await startSidecar({ decode });
    const leave = new AbortController();
    const answer = chat(url, prefillBy(prefill), undefined, leave.signal).catch(() => 'left');
    const { response } = await prefill.request();
    const closed = once(response, 'close');
    leave.abort();
    await closed;
    expect(await answer).toBe('left');
    await expect.poll(() => sidecar.openRequests).toBe(0);
    expect(decode.got).toEqual([]);
  });

  it('that fails is made up for by the model server, where that is wanted', async () => {
    const statuses = [500, 503, 404];
    const prefill = await startModel((got, i) => json('{"detail":"no"}', statuses[i])(got));
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode, prefillFailure: 'decode-only' });
    const body = '{"model" : "m", "seed": 9007199254740993, "messages":[]}';
    for (const status of [200, 200, 404]) expect((await chat(url, prefillBy(prefill), body)).status).toBe(status);
    expect(decode.got.map((got) => got.body)).toEqual([body, body]);
    // A prefiller that is not there, too.
    prefill.close();
    expect((await chat(url, prefillBy({ port: 1 }), body)).status).toBe(200);
  });

  it('is not asked to compress what the sidecar reads, nor is the model server', async () => {
    const prefill = await startModel(json(PREFILLED));
    const decode = await startModel(json('{"usage":{}}'));
    const { url } = await startSidecar({ decode });
    const answer = await chat(url, { ...prefillBy(prefill), 'accept-encoding': 'gzip' });
    expect(await answer.text()).toBe('{"usage":{"prompt_tokens_details":{"cached_tokens":5}}}');
    expect([prefill, decode].map(({ got }) => got[0]!.headers['accept-encoding'])).toEqual([undefined, undefined]);
  });
});

describe('a body', () => {
  it.each([
    ['null', 400],
    ['', 400],
    ['{"a":1', 400],
    [`{"a":"${'x'.repeat(2_000)}"}`, 413],
  ])('%.10s gets %i', async (body, status) => {
    const prefill = await startModel(json(PREFILLED));
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode, limits: { bodyBytes: 1_000 } });
    const answer = await chat(url, prefillBy(prefill), body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ type: 'BadRequestError', code: status });
    expect([...prefill.got, ...decode.got]).toEqual([]);
  });

  it('that is compressed cannot be split', async () => {
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode });
    expect((await chat(url, { ...prefillBy({ port: 1 }), 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await chat(url, { 'content-encoding': 'gzip' })).status).toBe(200);
  });

  it('keeps numbers that no double holds', async () => {
    const prefill = await startModel(json(PREFILLED));
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode });
    expect((await chat(url, prefillBy(prefill), '{"a":1e400,"b":12345678901234567890}')).status).toBe(200);
    for (const { got } of [prefill, decode]) expect(got[0]!.body).toContain('"a":1e400,"b":12345678901234567890');
  });

  it('that only passes has no limit', async () => {
    const decode = await startModel(json(ANSWER));
    const { url } = await startSidecar({ decode, limits: { bodyBytes: 10 } });
    const body = JSON.stringify({ prompt: 'x'.repeat(300_000) });
    expect((await chat(url, {}, body)).status).toBe(200);
    expect(decode.got[0]!.body).toBe(body);
  });
});

describe('a client', () => {
  it('that does not read is cut off, and the model server is not read meanwhile', async () => {
    let sent = 0;
    const decode = await startModel(({ response }) => {
      response.writeHead(200, { 'content-length': 64 * 1024 * 1024 });
      // One after the other: what is written at once counts as sent when the connection ends.
      const next = () => {
        if (sent < 64 && !response.destroyed) {
          sent++;
          response.write(Buffer.alloc(1024 * 1024), next);
        }
      };
      next();
    });
    const { url } = await startSidecar({ decode, timeouts: { clientStallMs: 20 } });
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    client.on('error', () => {}).pause();
    client.write('POST /v1/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}');
    const { response } = await decode.request();
    await once(response, 'close');
    client.destroy();
    // What the buffers of two connections hold, and no more.
    expect(sent).toBeLessThan(32);
  });
});

describe('the end of the sidecar', () => {
  it('fails the probe, lets requests finish, and cuts off those that do not', async () => {
    const decode = await startModel(() => {});
    const { url, sidecar } = await startSidecar({ decode });
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const first = chat(url);
    const { response } = await decode.request(0);
    const second = chat(url);
    await decode.request(1);
    sidecar.drain();
    expect((await fetch(`${url}/health`)).status).toBe(503);
    json(ANSWER)({ ...decode.got[0]!, response });
    expect((await first).status).toBe(200);
    const closed = sidecar.close({ graceMs: 1 });
    const cut = await second;
    expect(cut.status).toBe(503);
    expect(await cut.json()).toMatchObject({ type: 'ServiceUnavailable' });
    await closed;
    expect(sidecar.openRequests).toBe(0);
  });
});
