import { readFileSync } from 'node:fs';
import { createCatalog, createConfiguredScheduler } from '@pointsman/config';
import { inFlightLoad } from '@pointsman/core';
import { openaiParser } from '@pointsman/inference-api';
import { VirtualClock } from '@pointsman/testkit/harness';
import { createSimServer, type SimServer } from '@pointsman/testkit/sim';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtinPlugins } from '../../src/index.ts';
import { type Sidecar, startSidecar } from './sidecar.ts';

/** The configuration in docs/disaggregation.md, with other endpoints. */
function documented(endpoints: readonly string[]): string {
  const page = readFileSync(new URL('../../../../docs/disaggregation.md', import.meta.url), 'utf8');
  const yaml = /^```yaml\n([\s\S]*?)^endpoints:/m.exec(page)![1]!;
  return `${yaml}endpoints:\n${endpoints.join('\n')}\n`;
}

const endpoint = (name: string, port: number, role: string) =>
  `  - { name: ${name}, address: 127.0.0.1, port: ${port}, labels: { llm-d.ai/role: ${role} } }`;

const words = (count: number, word: string) => Array.from({ length: count }, (_, i) => `${word}${i}`).join(' ');
const chat = (content: unknown) => ({ model: 'm', max_tokens: 4, messages: [{ role: 'user', content }] });
const image = { type: 'image_url', image_url: { url: 'http://images.example/a.png' } };

describe('simulated model servers with roles', () => {
  const sims = new Map<string, SimServer>();
  const sidecars = new Map<string, Sidecar>();
  let configured: Awaited<ReturnType<typeof createConfiguredScheduler>>;

  beforeAll(async () => {
    for (const name of ['d0', 'd1', 'p0', 'x0']) {
      const options = { port: 0, model: 'm', enableKvcache: true, maxModelLen: 100_000, podName: name };
      sims.set(name, await createSimServer(options));
    }
    for (const name of ['d0', 'd1']) sidecars.set(name, await startSidecar(sims.get(name)!.url));
    const clock = new VirtualClock();
    configured = await createConfiguredScheduler({
      clock,
      catalog: createCatalog(builtinPlugins),
      text: documented([
        endpoint('d0', sidecars.get('d0')!.port, 'decode'),
        endpoint('d1', sidecars.get('d1')!.port, 'decode'),
        endpoint('p0', sims.get('p0')!.port, 'prefill'),
        endpoint('x0', sims.get('x0')!.port, 'encode'),
      ]),
    });
    await configured.scheduler.start();
    // From here on nothing changes but by requests.
    await clock.advanceUntil(() =>
      pool()
        .health()
        .every(({ lastSuccessAt }) => lastSuccessAt !== null),
    );
  });

  afterAll(async () => {
    await configured.close();
    for (const sidecar of sidecars.values()) await sidecar[Symbol.asyncDispose]();
    for (const sim of sims.values()) await sim.close();
  });

  const pool = () => configured.scheduler.pools.get('default')!;
  const loads = () =>
    Object.fromEntries(
      pool()
        .endpoints()
        .map((each) => [each.id, (pool().dataOf(each)[inFlightLoad().id] as { requests?: number })?.requests ?? 0]),
    );
  const idle = { 'default/d0': 0, 'default/d1': 0, 'default/p0': 0, 'default/x0': 0 };

  /** Sends a request as an adapter would, and says who did what for it. */
  async function send(body: object) {
    const path = '/v1/chat/completions';
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const payload = openaiParser.parse({ path, headers: {}, body: bytes });
    const call = await configured.scheduler.schedule({ path, model: 'm', targetModel: 'm', payload });
    const { decision } = call;
    const target = decision.target.id.slice('default/'.length);
    const sidecar = sidecars.get(target)!;
    const before = sidecar.calls.length;
    const loaded = loads();
    const answer = await fetch(`${decision.target.origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...decision.headers },
      body: bytes,
    });
    const { usage } = (await answer.json()) as { readonly usage: { readonly completion_tokens: number } };
    call.responseHeaders(answer.status);
    call.firstToken();
    const generating = loads();
    call.complete({ promptTokens: 1, outputTokens: usage.completion_tokens });
    call.end();
    const names = new Map([...sims].map(([name, { port }]) => [`127.0.0.1:${port}`, name]));
    const calls = sidecar.calls.slice(before).map((call_) => call_.replace(/\S+:\d+/, (at) => names.get(at) ?? at));
    return { status: answer.status, target, calls, loaded, generating, notes: decision.explain().notes };
  }

  it('compute a long prompt on one and answer on another, both counted until their work is done', async () => {
    const before = sims.get('p0')!.stats().prefixQueries;
    const { status, target, calls, loaded, generating } = await send(chat(words(600, 'long')));
    expect(status).toBe(200);
    expect(calls).toEqual(['prefill p0 200', `decode ${target} 200`]);
    expect(sims.get('p0')!.stats().prefixQueries - before).toBeGreaterThan(512);
    expect(loaded).toEqual({ ...idle, [`default/${target}`]: 1, 'default/p0': 1 });
    expect(generating).toEqual({ ...idle, [`default/${target}`]: 1 });
    expect(loads()).toEqual(idle);
  });

  it('answer alone what is short, and what the endpoint has in its cache from before', async () => {
    const short = await send(chat('hello'));
    expect(short.calls).toEqual([`decode ${short.target} 200`]);
    expect(short.loaded).toEqual({ ...idle, [`default/${short.target}`]: 1 });
    const first = await send(chat(words(700, 'turn')));
    expect(first.calls).toEqual(['prefill p0 200', `decode ${first.target} 200`]);
    const second = await send(chat(words(720, 'turn')));
    expect(second.target).toBe(first.target);
    expect(second.calls).toEqual([`decode ${first.target} 200`]);
    expect(second.notes.map(({ text }) => text)).toContain('no prefill: "long-prompts" decided against it');
  });

  it('have images encoded by a third', async () => {
    const { target, calls, loaded } = await send(chat([{ type: 'text', text: 'What is this?' }, image]));
    expect(calls).toEqual(['encode x0 200', `decode ${target} 200`]);
    expect(loaded).toEqual({ ...idle, [`default/${target}`]: 1, 'default/x0': 1 });
    const both = await send(chat([{ type: 'text', text: words(800, 'picture') }, image]));
    expect(both.calls).toEqual(['encode x0 200', 'prefill p0 200', `decode ${both.target} 200`]);
    expect(loads()).toEqual(idle);
  });

  it('do it all themselves when there is nobody else', async () => {
    const alone = pool()
      .endpoints()
      .filter(({ id }) => sidecars.has(id.slice('default/'.length)));
    pool().setEndpoints(alone);
    const { calls, target, notes } = await send(chat([{ type: 'text', text: words(900, 'alone') }, image]));
    expect(calls).toEqual([`decode ${target} 200`]);
    expect(notes.map(({ text }) => text)).toEqual([
      'no encode: profile "encode" found nobody',
      'no prefill: profile "prefill" found nobody',
    ]);
  });
});
