import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KvEvent } from './kv-event.ts';
import { MalformedError } from './msgpack-reader.ts';
import { readBatch } from './read-batch.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

function eventsOf(payload: Uint8Array): KvEvent[] {
  const events: KvEvent[] = [];
  readBatch(payload, (event) => events.push(event));
  return events;
}

const batchOf = (...events: unknown[]) => encode([1.5, events, 0], { useBigInt64: true });

/** Without what is not said. */
const stored = {
  kind: 'stored',
  parent: undefined,
  adapter: '',
  tier: 'gpu',
  extras: undefined,
  group: -1,
  groupKind: '',
};

describe('a batch of events', () => {
  it('is read by position', () => {
    const payload = hex(
      '93cb41d954fc402000009197ab426c6f636b53746f72656492cf1122334455667788cf99aabbccddeeff00c098010203040506070804c0a347505500',
    );
    expect(eventsOf(payload)).toEqual([
      {
        ...stored,
        hashes: Int32Array.of(0x55667788, 0x11223344, 0xddeeff00 | 0, 0x99aabbcc | 0),
        tokens: Uint32Array.of(1, 2, 3, 4, 5, 6, 7, 8),
        blockSize: 4,
      },
    ]);
  });

  it('is read by name', () => {
    const payload = hex(
      '92cb41d954fc402000009186a474797065ab426c6f636b53746f726564ac626c6f636b5f68617368657391cf1122334455667788b1706172656e745f626c6f636b5f68617368c0a9746f6b656e5f6964739401020304aa626c6f636b5f73697a6504a66d656469756da3475055',
    );
    expect(eventsOf(payload)).toEqual([
      { ...stored, hashes: Int32Array.of(0x55667788, 0x11223344), tokens: Uint32Array.of(1, 2, 3, 4), blockSize: 4 },
    ]);
  });

  it('says what is dropped', () => {
    const payload = hex(
      '92cb41d954fc402000009293ac426c6f636b52656d6f76656491cf1122334455667788a347505591b0416c6c426c6f636b73436c6561726564',
    );
    expect(eventsOf(payload)).toEqual([
      { kind: 'removed', hashes: Int32Array.of(0x55667788, 0x11223344), tier: 'gpu', group: -1 },
      { kind: 'cleared' },
    ]);
  });

  it('takes hashes as numbers of any size and as bytes', () => {
    const hashes = [
      5,
      70_000,
      2n ** 40n + 1n,
      -1,
      0xffff_ffff_ffff_fffen,
      -2n,
      Uint8Array.of(1, 2),
      new Uint8Array(32).fill(9),
    ];
    const [event] = eventsOf(batchOf(['BlockRemoved', hashes]));
    const words = [5, 0, 70_000, 0, 1, 256, -1, -1, -2, -1, -2, -1, 0x0102, 0, 0x09090909, 0x09090909];
    expect(event).toEqual({ kind: 'removed', hashes: Int32Array.from(words), tier: 'gpu', group: -1 });
  });

  it('has everything that an engine can say', () => {
    const extras = [null, ['a', ['b', 17], 5, []], [[1, 'c']]];
    const event = ['BlockStored', [1n], 2n, [7, 8], 2, 1, 'CPU', 'french', extras, 3, 'full_attention', 128, 'more'];
    expect(eventsOf(batchOf(event, ['Unheard', { of: [1] }], { type: 'AllBlocksCleared' }))).toEqual([
      {
        kind: 'stored',
        hashes: Int32Array.of(1, 0),
        parent: Int32Array.of(2, 0),
        tokens: Uint32Array.of(7, 8),
        blockSize: 2,
        adapter: 'french',
        tier: 'cpu',
        extras: [undefined, ['a', 'b'], undefined],
        group: 3,
        groupKind: 'full_attention',
      },
      { kind: 'unknown', tag: 'Unheard' },
      { kind: 'cleared' },
    ]);
  });

  it.each([
    ['nothing', new Uint8Array(0), 'ends too early'],
    ['no array', encode('text'), 'the batch is no array'],
    ['no events', encode([1]), 'the batch has no events'],
    ['an event that is a text', batchOf('BlockStored'), 'the event is no array'],
    ['an empty event', batchOf([]), 'the event is empty'],
    ['too few fields', batchOf(['BlockStored', [1n], null, [1]]), 'BlockStored has too few fields'],
    ['no hashes by name', batchOf({ type: 'BlockRemoved' }), 'BlockRemoved has no block_hashes'],
    ['a hash that is a text', batchOf(['BlockRemoved', ['x']]), 'block_hashes is no integer'],
    ['an empty hash', batchOf(['BlockRemoved', [new Uint8Array(0)]]), 'block_hashes is empty'],
    ['a negative token', batchOf(['BlockStored', [1], null, [-1], 1]), 'the token id -1 is none'],
    [
      'a token that is too large',
      batchOf(['BlockStored', [1], null, [2n ** 32n], 1]),
      'the token id 4294967296 is none',
    ],
    ['a negative group', batchOf(['BlockRemoved', [1], null, -1]), 'the group -1 is none'],
    ['a list that claims four billion elements', hex('92c0ddffffffff'), 'ends too early'],
    ['four million brackets', new Uint8Array(4 << 20).fill(0x91), 'no events'],
    ['four million brackets in an unknown field', hexed('92c09192a158', 4 << 20), 'nested too deeply'],
  ])('is refused when it has %s', (_, payload, message) => {
    const read = () => eventsOf(payload);
    expect(read).toThrow(MalformedError);
    expect(read).toThrow(message);
  });

  it('is read, or refused as malformed, whatever bytes there are', () => {
    const good = batchOf(['BlockStored', [1n, 2n], null, [1, 2, 3, 4], 2, null, 'GPU'], {
      type: 'BlockRemoved',
      block_hashes: [1],
    });
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 6 }).map((changes) => {
        const changed = good.slice();
        for (const [at, byte] of changes) changed[at] = byte;
        return changed;
      }),
      fc.nat(good.length).map((length) => good.slice(0, length)),
      // Any valid MessagePack where events should be.
      fc.jsonValue().map((value) => encode([0, [value]])),
    );
    fc.assert(
      fc.property(bytes, (payload) => {
        try {
          eventsOf(payload);
        } catch (error) {
          if (!(error instanceof MalformedError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

function hexed(start: string, brackets: number): Uint8Array {
  const payload = new Uint8Array(start.length / 2 + brackets).fill(0x91);
  payload.set(hex(start));
  return payload;
}
