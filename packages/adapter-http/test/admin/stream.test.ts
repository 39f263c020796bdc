import { describe, expect, it } from 'vitest';
import { createAdminRig } from './create-admin-rig.ts';

interface Message {
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into messages
  readonly data: any;
}

/** Reads server-sent events until the test has seen enough. */
async function* messagesOf(url: string, signal: AbortSignal): AsyncGenerator<Message> {
  const response = await fetch(`${url}/api/stream`, { signal });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  let rest = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split('\n\n');
    rest = parts.pop()!;
    for (const part of parts) {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(part)!;
      yield { event, data: JSON.parse(data) };
    }
  }
}

describe('the live stream', () => {
  it('begins with everything and goes on with what is new', async () => {
    await using rig = await createAdminRig();
    await rig.traffic.send(Date.now());
    const abort = new AbortController();
    const messages = messagesOf(rig.url, abort.signal);
    const first = (await messages.next()).value as Message;
    expect(first.event).toBe('first');
    const [pool] = first.data.pools;
    expect(pool).toMatchObject({ name: 'default', openCalls: 1, decisions: { lists: { running: [1], finished: [] } } });
    expect(pool.traffic).toHaveLength(150);
    expect(pool.endpoints).toHaveLength(3);

    await rig.traffic.send(Date.now());
    await rig.traffic.step(Date.now() + 3_600_000, 0, 0);
    const seen = new Map<number, string>();
    for await (const { event, data } of messages) {
      expect(event).toBe('next');
      const [next] = data.pools;
      expect(next.traffic.length).toBeLessThan(5);
      for (const entry of next.decisions.entries) seen.set(entry.key, entry.status);
      if (next.decisions.lists.finished.length === 2) break;
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        [1, 'ok'],
        [2, 'ok'],
      ]),
    );
    abort.abort();
  });

  it('sends an entry again only when it has changed', async () => {
    await using rig = await createAdminRig();
    await rig.traffic.send(Date.now());
    const abort = new AbortController();
    let sent = 0;
    let messages = 0;
    for await (const { event, data } of messagesOf(rig.url, abort.signal)) {
      if (event === 'next') sent += data.pools[0].decisions.entries.length;
      if (++messages === 5) break;
    }
    abort.abort();
    expect(sent).toBe(1);
  });

  it('has room for so many viewers, and again when one leaves', async () => {
    await using rig = await createAdminRig({ maxStreams: 1 });
    const abort = new AbortController();
    const messages = messagesOf(rig.url, abort.signal);
    await messages.next();
    const refused = await rig.ask('/api/stream');
    expect([refused.status, refused.json.error.code]).toEqual([503, 'too_many_streams']);
    abort.abort();
    await expect(messages.next()).rejects.toThrow();
    const again = new AbortController();
    for (;;) {
      const response = await fetch(`${rig.url}/api/stream`, { signal: again.signal });
      if (response.status === 200) break;
      await response.text();
    }
    again.abort();
  });

  it('ends when the listener closes', async () => {
    const rig = await createAdminRig();
    const messages = messagesOf(rig.url, new AbortController().signal);
    await messages.next();
    const rest = (async () => {
      for await (const _ of messages);
    })().catch(() => undefined);
    await rig[Symbol.asyncDispose]();
    await rest;
    await expect(fetch(rig.url)).rejects.toThrow();
  });
});
