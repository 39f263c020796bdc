import type { EndpointSpec } from '@pointsman/core';
import { afterEach, describe, expect, it } from 'vitest';
import { precisePrefixCacheProducer, precisePrefixCacheScorer } from '../src/index.ts';
import { Scene } from './scene.ts';
import { hasZeroMq, removed, stored, TestPublisher } from './test-publisher.ts';
import { promptOf, tokensOf } from './token-prompt.ts';

const MESSAGES = 'pointsman_kv_event_messages_total';
const GAPS = 'pointsman_kv_event_interruptions_total{kind=gap}';
const RESTARTS = 'pointsman_kv_event_interruptions_total{kind=restart}';
const SKIPPED = 'pointsman_kv_events_skipped_total';
const SUBSCRIPTIONS = 'pointsman_kv_event_subscriptions';
const TOPIC = 'kv@whoever@m';
const OFTEN = { interval: 2, timeout: 10_000 };
const publishers: TestPublisher[] = [];

afterEach(() => {
  for (const publisher of publishers.splice(0)) publisher.close();
});

async function publisher(options: Parameters<typeof TestPublisher.bind>[0] = {}): Promise<TestPublisher> {
  const made = await TestPublisher.bind(options);
  publishers.push(made);
  return made;
}

const endpointOf = (
  name: string,
  port: number,
  { port: kvEventsPort, replayPort }: Pick<TestPublisher, 'port' | 'replayPort'>,
): EndpointSpec => ({
  id: `default/${name}`,
  address: '127.0.0.1',
  port,
  labels: {
    kvEventsPort: String(kvEventsPort),
    ...(replayPort > 0 && { kvReplayPort: String(replayPort) }),
  },
});

const chat = { name: 1, tokens: tokensOf(1, 160) };
const other = { name: 2, tokens: tokensOf(2, 160) };
const prompt = promptOf(chat.tokens);
const producer = precisePrefixCacheProducer();

/** A scene with one endpoint that publishes, and whose first eight blocks of ten are known. */
async function sceneOf(from: TestPublisher): Promise<Scene> {
  const scene = new Scene([endpointOf('a', 8001, from)], precisePrefixCacheScorer(), [producer]);
  await scene.scheduler.start();
  await from.subscribed();
  await from.send(TOPIC, [stored(chat, 0, 8)]);
  await scene.metrics.reaches(MESSAGES, 1);
  expect(await scoreOf(scene)).toBe(0.8);
  return scene;
}

const scoreOf = async (scene: Scene, id = 'default/a') => (await scene.place(prompt)).scores[id];

describe.runIf(hasZeroMq)('events of endpoints that publish them', () => {
  it('send a prompt where its blocks are, and elsewhere when they are gone', async () => {
    const [a, b] = [await publisher(), await publisher()];
    await using scene = new Scene([endpointOf('a', 8001, a), endpointOf('b', 8002, b)], precisePrefixCacheScorer(), [
      producer,
    ]);
    await scene.scheduler.start();
    await Promise.all([a.subscribed(), b.subscribed()]);
    expect(await scene.place(prompt)).toEqual({ target: 'default/a', scores: { 'default/a': 0, 'default/b': 0 } });

    await b.send(TOPIC, [stored(chat, 0, 8)]);
    await scene.metrics.reaches(MESSAGES, 1);
    expect(await scene.place(prompt)).toEqual({ target: 'default/b', scores: { 'default/a': 0, 'default/b': 0.8 } });
    expect((await scene.place(prompt, 'another model')).scores['default/b']).toBe(0);

    await a.send(TOPIC, [stored(chat, 0, 5)]);
    await b.send(TOPIC, [removed(1, [3])]);
    await scene.metrics.reaches(MESSAGES, 3);
    expect(await scene.place(prompt)).toEqual({ target: 'default/a', scores: { 'default/a': 0.5, 'default/b': 0.3 } });
    expect(scene.faults).toEqual([]);
  });

  it('count by the tier that blocks lie in, and for adapters apart', async () => {
    const a = await publisher();
    await using scene = await sceneOf(a);
    // The blocks move to main memory, by their hashes alone.
    const moved = stored({ name: 1, tokens: [] }, 0, 8, { medium: 'CPU' });
    await a.send(TOPIC, [moved, removed(1, [0, 1, 2, 3, 4, 5, 6, 7])]);
    await a.send(TOPIC, [stored({ name: 3, tokens: chat.tokens }, 0, 2, { adapter: 'french' })]);
    await scene.metrics.reaches(MESSAGES, 3);
    // 8 x 0.8 = 6.4, of which the whole part counts.
    expect(await scoreOf(scene)).toBe(0.6);
    expect((await scene.place(prompt, 'french')).scores['default/a']).toBe(0.2);
  });

  it('may be missing: then nothing is sure', async () => {
    const a = await publisher();
    await using scene = await sceneOf(a);
    a.lose(TOPIC, [removed(1, [0])]);
    await a.send(TOPIC, [stored(other, 0, 4), stored(chat, 8, 10)]);
    await scene.metrics.reaches(MESSAGES, 2);
    expect(scene.metrics.of(GAPS)).toBe(1);
    expect(await scoreOf(scene)).toBe(0);
    // What comes behind a block that is not known any more has no place.
    expect(scene.metrics.of(`${SKIPPED}{reason=unknown_parent}`)).toBe(1);
    expect((await scene.place(promptOf(other.tokens))).scores['default/a']).toBe(0.4);
  });

  it('may be had again', async () => {
    const a = await publisher({ replay: true });
    a.lose(TOPIC, [stored(chat, 0, 3)]);
    await using scene = new Scene([endpointOf('a', 8001, a)], precisePrefixCacheScorer(), [producer]);
    await scene.scheduler.start();
    await a.subscribed();
    await a.send(TOPIC, [stored(chat, 3, 4)]);
    await expect.poll(() => scoreOf(scene), OFTEN).toBe(0.4);
    a.lose(TOPIC, [stored(chat, 4, 6)]);
    await a.send(TOPIC, [stored(chat, 6, 8)]);
    await expect.poll(() => scoreOf(scene), OFTEN).toBe(0.8);
    expect(scene.metrics.of(GAPS)).toBe(1);
    expect(scene.faults).toEqual([]);
  });

  it('begin anew with a model server that does', async () => {
    const first = await publisher();
    await using scene = await sceneOf(first);
    await first.send(TOPIC, [stored(other, 0, 1)]);
    await scene.metrics.reaches(MESSAGES, 2);
    await first.leave();
    const second = await publisher({ port: first.port });
    await second.subscribed();
    await second.send(TOPIC, [stored(chat, 0, 1)]);
    await scene.metrics.reaches(RESTARTS, 1);
    expect(await scoreOf(scene)).toBe(0.1);
  });

  it('are looked for again where somebody else answered', async () => {
    const replies = await publisher({ replay: true });
    await using scene = new Scene(
      [endpointOf('a', 8001, { port: replies.replayPort, replayPort: 0 })],
      precisePrefixCacheScorer(),
      [producer],
    );
    await scene.scheduler.start();
    await scene.faulted(1);
    expect(scene.faults[0]).toContain(
      `default/a: tcp://127.0.0.1:${replies.replayPort} is not a publisher of KV-cache events`,
    );
    await replies.leave();
    const right = await publisher({ port: replies.replayPort });
    await right.subscribed();
    await right.send(TOPIC, [stored(chat, 0, 8)]);
    await scene.metrics.reaches(MESSAGES, 1);
    expect(await scoreOf(scene)).toBe(0.8);
  });

  it('cost their endpoint what is known of it when they cannot be read, and nobody else', async () => {
    const [a, b] = [await publisher(), await publisher()];
    await using scene = new Scene([endpointOf('a', 8001, a), endpointOf('b', 8002, b)], precisePrefixCacheScorer(), [
      producer,
    ]);
    await scene.scheduler.start();
    await Promise.all([a.subscribed(), b.subscribed()]);
    await a.send(TOPIC, [stored(chat, 0, 8)]);
    await b.send(TOPIC, [stored(chat, 0, 6)]);
    await scene.metrics.reaches(MESSAGES, 2);
    await a.sendRaw(TOPIC, Uint8Array.of(0x93, 0x01, 0x91, 0x92));
    await scene.faulted(1);
    expect(scene.faults).toEqual([
      expect.stringMatching(/^precise-prefix-cache-producer in stream: default\/a: events: /),
    ]);
    expect((await scene.place(prompt)).scores).toEqual({ 'default/a': 0, 'default/b': 0.6 });
    await a.send(TOPIC, [['SomethingNew', 1, 2], stored(chat, 0, 7)]);
    await scene.metrics.reaches(MESSAGES, 4);
    expect(scene.metrics.of(`${SKIPPED}{reason=unknown_event}`)).toBe(1);
    expect((await scene.place(prompt)).scores).toEqual({ 'default/a': 0.7, 'default/b': 0.6 });
  });

  it('are forgotten with their endpoint', async () => {
    const a = await publisher();
    await using scene = await sceneOf(a);
    const specs = [endpointOf('a', 8001, a)];
    scene.pool.setEndpoints([]);
    await expect.poll(() => scene.metrics.of(SUBSCRIPTIONS), OFTEN).toBe(0);
    scene.pool.setEndpoints(specs);
    expect(await scoreOf(scene)).toBe(0);
    await a.subscribed();
    await a.send(TOPIC, [stored(chat, 0, 4)]);
    await scene.metrics.reaches(MESSAGES, 2);
    expect(await scoreOf(scene)).toBe(0.4);
  });

  it('go on through a change of configuration that leaves them alone', async () => {
    const a = await publisher();
    await using scene = await sceneOf(a);
    const changed = precisePrefixCacheProducer({ maxIndexBytes: 1 << 21, speculativeIndexing: true });
    scene.pool.planReload(Scene.graph(precisePrefixCacheScorer(), [changed])).commit();
    expect(await scoreOf(scene)).toBe(0.8);
    await a.send(TOPIC, [stored(chat, 8, 9)]);
    await scene.metrics.reaches(MESSAGES, 2);
    // A choice that was just made counts as if the prompt were there.
    expect(await scoreOf(scene)).toBe(1);
    expect(scene.metrics.of(SUBSCRIPTIONS)).toBe(1);
    const elsewhere = precisePrefixCacheProducer({
      tokenProcessorConfig: { blockSizeTokens: 32, hashAlgorithm: 'xxh64' },
    });
    scene.pool.planReload(Scene.graph(precisePrefixCacheScorer(), [elsewhere])).commit();
    expect(await scoreOf(scene)).toBe(0);
    await a.subscribed();
    await a.send(TOPIC, [stored(other, 0, 10)]);
    await scene.metrics.reaches(MESSAGES, 3);
    // Half as many blocks, each of two of the model server's.
    expect((await scene.place(promptOf(other.tokens))).scores['default/a']).toBe(1);
  });
});

describe.runIf(hasZeroMq)('events of model servers that connect', () => {
  it('are for the endpoint that their topic names', async () => {
    // A free port: somebody had it a moment ago.
    const probe = await TestPublisher.bind();
    await probe.leave();
    const address = `tcp://127.0.0.1:${probe.port}`;
    const scorer = precisePrefixCacheScorer({ kvEventsConfig: { zmqEndpoint: address, discoverPods: false } });
    await using scene = new Scene(
      [
        { id: 'default/a', address: '127.0.0.1', port: 8001 },
        { id: 'default/b', address: '::1', port: 8002 },
      ],
      scorer,
    );
    await scene.scheduler.start();
    await scene.metrics.reaches(SUBSCRIPTIONS, 1);
    const server = TestPublisher.connect(address);
    publishers.push(server);
    await server.subscribed();
    await server.send('kv@127.0.0.1:8001@m', [stored(chat, 0, 8)]);
    const second = TestPublisher.connect(address);
    publishers.push(second);
    await second.subscribed();
    await second.send('kv@[::1]:8002@m', [stored(chat, 0, 3)]);
    await second.send('kv@10.9.9.9:1@m', [stored(chat, 0, 10)]);
    await scene.metrics.reaches(`${SKIPPED}{reason=unknown_endpoint}`, 1);
    expect((await scene.place(prompt)).scores).toEqual({ 'default/a': 0.8, 'default/b': 0.3 });
  });

  it('have to wait for an address that somebody else has', async () => {
    const taken = await publisher();
    const zmqEndpoint = `tcp://127.0.0.1:${taken.port}`;
    await using scene = new Scene(
      [],
      precisePrefixCacheScorer({ kvEventsConfig: { zmqEndpoint, discoverPods: false } }),
    );
    await scene.scheduler.start();
    await scene.faulted(1);
    expect(scene.faults[0]).toContain(`listening at ${zmqEndpoint}: Address already in use`);
    taken.close();
    // Tried again after a second.
    await scene.metrics.reaches(SUBSCRIPTIONS, 1);
    const server = TestPublisher.connect(zmqEndpoint);
    publishers.push(server);
    await server.subscribed();
  });
});
