import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBatch } from '../src/events/read-batch.ts';
import { readMessage, readTopic } from '../src/feed/message.ts';
import { CborFnvHasher } from '../src/hash/cbor-fnv-hasher.ts';
import { promptKeys } from '../src/hash/prompt-keys.ts';
import { EngineCaches } from '../src/index-store/engine-caches.ts';
import { MatchTally } from '../src/index-store/match-tally.ts';
import { keyText } from './hash-text.ts';
import { promptOf } from './token-prompt.ts';

interface Recording {
  readonly hashing: { readonly seed: string; readonly blockSize: number };
  readonly steps: readonly {
    readonly request?: { readonly body?: { readonly model?: string } };
    readonly status?: number;
    readonly cachedTokens?: number;
    readonly tokenIds?: readonly (readonly number[])[];
    readonly messages?: readonly { readonly frames: readonly string[] }[];
  }[];
}

const folder = new URL('./golden/kv-events/', import.meta.url);
const tally = new MatchTally();

/** Conversations with a simulator of a model server, which keys its blocks as we do, and tells what it had of each prompt. */
describe.each(readdirSync(folder))('recorded events: %s', (file) => {
  const { hashing, steps } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recording;

  it('say before each request what the server will find, by the server’s own hashes', () => {
    const hasher = new CborFnvHasher(hashing.blockSize, hashing.seed);
    const caches = new EngineCaches(hasher, { maxBytes: 1 << 22, maxBlocks: 1e6 });
    const cache = caches.add();
    const found: number[] = [];
    const told: number[] = [];
    const keys = new Set<string>();
    const named: string[] = [];
    for (const { request, status, cachedTokens, tokenIds, messages = [] } of steps) {
      const [tokens] = tokenIds ?? [];
      if (request !== undefined && status === 200 && tokens !== undefined && cachedTokens !== undefined) {
        const chain = promptKeys(promptOf(tokens), request.body?.model ?? '', hasher);
        tally.restart(caches.index.columns);
        caches.index.match(chain.words, 0, chain.count, [0], [1], tally);
        found.push(tally.blocks[cache.column]! * hashing.blockSize);
        told.push(cachedTokens);
        for (let i = 0; i < chain.count; i++) keys.add(keyText(chain.words, i));
      }
      for (const { frames } of messages) {
        const { topic, payload } = readMessage(frames.map((frame) => Buffer.from(frame, 'base64')));
        readBatch(payload, (event) => {
          if (event.kind === 'stored') {
            for (let i = 0; 2 * i < event.hashes.length; i++) named.push(keyText(event.hashes, i));
          }
          expect(cache.apply(event, readTopic(topic).model)).toBeUndefined();
        });
      }
    }
    expect(found).toEqual(told);
    expect(told.length).toBeGreaterThan(0);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((key) => !keys.has(key))).toEqual([]);
  });
});
