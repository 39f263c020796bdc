import type { EndpointSpec } from '@pointsman/core';
import { afterEach, describe, expect, it } from 'vitest';
import { precisePrefixCacheProducer, precisePrefixCacheScorer } from '../src/index.ts';
import { Scene } from './scene.ts';
import { removed, stored, TestPublisher } from './test-publisher.ts';
import { promptOf, tokensOf } from './token-prompt.ts';

const MESSAGES = 'pointsman_kv_event_messages_total';
const publishers: TestPublisher[] = [];

afterEach(() => {
  for (const publisher of publishers.splice(0)) publisher.close();
});

async function publisher(options: Parameters<typeof TestPublisher.bind>[0] = {}): Promise<TestPublisher> {
  const made = await TestPublisher.bind(options);
  publishers.push(made);
  return made;
}

const endpointOf = (name: string, port: number, { port: kvEventsPort, replayPort }: TestPublisher): EndpointSpec => ({
  id: `default/${name}`,
  address: '127.0.0.1',
  port,
  labels: {
    kvEventsPort: String(kvEventsPort),
    ...(replayPort > 0 && { kvReplayPort: String(replayPort) }),
  },
});

const chat = { name: 1, tokens: tokensOf(1, 160) };
const prompt = promptOf(chat.tokens);

describe('events of endpoints that publish them', () => {
  it('send a prompt where its blocks are, and elsewhere when they are gone', async () => {
    const [a, b] = [await publisher(), await publisher()];
    await using scene = new Scene([endpointOf('a', 8001, a), endpointOf('b', 8002, b)], precisePrefixCacheScorer(), [
      precisePrefixCacheProducer(),
    ]);
    await scene.scheduler.start();
    await Promise.all([a.subscribed(), b.subscribed()]);
    expect(await scene.place(prompt)).toEqual({ target: 'default/a', scores: { 'default/a': 0, 'default/b': 0 } });

    await b.send('kv@whoever@m', [stored(chat, 0, 8)]);
    await scene.metrics.reaches(MESSAGES, 1);
    expect(await scene.place(prompt)).toEqual({ target: 'default/b', scores: { 'default/a': 0, 'default/b': 0.8 } });
    expect((await scene.place(prompt, 'another model')).scores['default/b']).toBe(0);

    await a.send('kv@whoever@m', [stored(chat, 0, 5)]);
    await b.send('kv@whoever@m', [removed(1, [3])]);
    await scene.metrics.reaches(MESSAGES, 3);
    expect(await scene.place(prompt)).toEqual({ target: 'default/a', scores: { 'default/a': 0.5, 'default/b': 0.3 } });
    expect(scene.faults).toEqual([]);
  });
});
