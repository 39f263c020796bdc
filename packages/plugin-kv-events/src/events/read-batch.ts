import { readExtraKeys } from './extra-keys.ts';
import type { KvEvent } from './kv-event.ts';
import { MalformedError, MsgpackReader } from './msgpack-reader.ts';

/** Engines name events and their fields by position or by name; this is the order of positions. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  BlockStored: [
    'block_hashes',
    'parent_block_hash',
    'token_ids',
    'block_size',
    'lora_id',
    'medium',
    'lora_name',
    'extra_keys',
    'group_idx',
    'kv_cache_spec_kind',
    'kv_cache_spec_sliding_window',
  ],
  BlockRemoved: ['block_hashes', 'medium', 'group_idx'],
  AllBlocksCleared: [],
};
/** How many fields have to be there when they go by position. */
const REQUIRED: Readonly<Record<string, number>> = { BlockStored: 4, BlockRemoved: 1, AllBlocksCleared: 0 };
const DEFAULT_TIER = 'gpu';
const NO_HASHES = new Int32Array(0);

const reader = new MsgpackReader();

/**
 * Reads a batch of events, `[time, events, rank?]`, of any engine that speaks the protocol of vLLM.
 * @param onEvent called for each event, in order. Events before one that cannot be read have been handed over by then
 * @throws MalformedError
 */
export function readBatch(payload: Uint8Array, onEvent: (event: KvEvent) => void): void {
  reader.restart(payload);
  const parts = reader.array('the batch');
  if (parts < 2) throw new MalformedError('the batch has no events');
  reader.skip('the time');
  for (let left = reader.array('the list of events'); left > 0; left--) onEvent(readEvent());
}

/** What an event says, before it is known which one it is. */
class Fields {
  hashes: Int32Array | undefined;
  parent: Int32Array | undefined;
  tokens = new Uint32Array(0);
  blockSize = 0;
  tier = DEFAULT_TIER;
  adapter = '';
  extras: readonly (readonly string[] | undefined)[] | undefined;
  group = -1;
  groupKind = '';

  read(name: string): void {
    switch (name) {
      case 'block_hashes': {
        this.hashes = new Int32Array(2 * reader.array(name));
        for (let i = 0; 2 * i < this.hashes.length; i++) reader.hash(this.hashes, i, name);
        return;
      }
      case 'parent_block_hash': {
        if (reader.nil()) return;
        const parent = new Int32Array(2);
        reader.hash(parent, 0, name);
        // Some engines write 0 for none.
        if (parent[0] !== 0 || parent[1] !== 0) this.parent = parent;
        return;
      }
      case 'token_ids': {
        if (reader.nil()) return;
        this.tokens = new Uint32Array(reader.array(name));
        for (let i = 0; i < this.tokens.length; i++) {
          const token = reader.integer(name);
          if (token < 0 || token > 0xffff_ffff) throw new MalformedError(`the token id ${token} is none`);
          this.tokens[i] = token;
        }
        return;
      }
      case 'block_size':
        if (!reader.nil()) this.blockSize = reader.integer(name);
        return;
      case 'medium':
        if (!reader.nil()) this.tier = reader.text(name).toLowerCase() || DEFAULT_TIER;
        return;
      case 'lora_name':
        if (!reader.nil()) this.adapter = reader.text(name);
        return;
      case 'extra_keys':
        this.extras = readExtraKeys(reader);
        return;
      case 'group_idx': {
        if (reader.nil()) return;
        this.group = reader.integer(name);
        if (this.group < 0) throw new MalformedError(`the group ${this.group} is none`);
        return;
      }
      case 'kv_cache_spec_kind':
        if (!reader.nil()) this.groupKind = reader.text(name);
        return;
      default:
        reader.skip(name);
    }
  }
}

function readEvent(): KvEvent {
  const fields = new Fields();
  let tag: string;
  if (reader.isMap) {
    tag = '';
    for (let left = reader.map('the event'); left > 0; left--) {
      const name = reader.text('the name of a field');
      if (name === 'type') tag = reader.text('the type of the event');
      else fields.read(name);
    }
  } else {
    const length = reader.array('the event');
    if (length === 0) throw new MalformedError('the event is empty');
    tag = reader.text('the type of the event');
    const names = FIELDS[tag];
    if (names !== undefined && length - 1 < REQUIRED[tag]!) throw new MalformedError(`${tag} has too few fields`);
    for (let i = 0; i < length - 1; i++) fields.read(names?.[i] ?? '');
  }
  if (tag === 'AllBlocksCleared') return { kind: 'cleared' };
  if (tag !== 'BlockStored' && tag !== 'BlockRemoved') return { kind: 'unknown', tag };
  const { hashes = NO_HASHES, parent, tokens, blockSize, adapter, tier, extras, group, groupKind } = fields;
  if (fields.hashes === undefined) throw new MalformedError(`${tag} has no block_hashes`);
  if (tag === 'BlockRemoved') return { kind: 'removed', hashes, tier, group };
  return { kind: 'stored', hashes, parent, tokens, blockSize, adapter, tier, extras, group, groupKind };
}
