import type { BlockRemoved, BlockStored, KvEvent } from '../events/kv-event.ts';
import type { BlockHasher } from '../hash/block-hasher.ts';
import type { BlockIndex } from './block-index.ts';
import { Holding } from './holding.ts';
import { type OpenTail, OpenTails } from './open-tails.ts';
import { spreadExtras } from './spread-extras.ts';
import type { Tiers } from './tiers.ts';

/** KV-cache groups whose blocks can be used again as the beginning of a prompt. */
const PREFIX_KINDS: ReadonlySet<string> = new Set(['full_attention', 'mla_attention', 'sink_full_attention']);
/** More of ours in one of theirs than any engine has: the record of a block has room for each. */
const MAX_KEYS_EACH = 1024;
/** Tiers and groups of one endpoint. */
const MAX_HOLDINGS = 32;
const NO_TOKENS = new Uint32Array(0);
const NO_HASHES = new Int32Array(0);

/** Why an event was left out. */
export type Skipped =
  | 'unknown_endpoint'
  | 'unknown_event'
  | 'unknown_parent'
  | 'unknown_block'
  | 'unsupported_cache_kind'
  | 'invalid_block_size'
  | 'non_dense_block_span'
  | 'too_many_tiers';

/** What the endpoints of a pool share. */
export interface SharedStore {
  readonly hasher: BlockHasher;
  readonly tiers: Tiers;
  readonly index: BlockIndex;
  /** Whether an endpoint may take so many bytes more. */
  mayGrow(cache: EngineCache, bytes: number): boolean;
}

/** What one endpoint has in its KV cache, as far as its events say. */
export class EngineCache {
  readonly #shared: SharedStore;
  /** Bit of this endpoint in the block index; another one after everything was forgotten. */
  column: number;
  #holdings: Holding[] = [];
  readonly #tails = new OpenTails();
  readonly #groupKinds = new Map<number, string>();
  #keys = new Int32Array(64);

  constructor(shared: SharedStore) {
    this.#shared = shared;
    this.column = shared.index.takeColumn();
  }

  /** Different blocks of the model server that are known, over all tiers and groups. */
  get blocks(): number {
    return this.#holdings.reduce((sum, { count }) => sum + count, 0);
  }

  get bytes(): number {
    return this.#holdings.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Takes an event in.
   * @param model what the model server calls its model
   * @returns why the event was left out; undefined when it was not
   */
  apply(event: KvEvent, model: string): Skipped | undefined {
    switch (event.kind) {
      case 'stored':
        return this.#stored(event, model);
      case 'removed':
        return this.#removed(event);
      case 'cleared':
        this.forget();
        return undefined;
      case 'unknown':
        return 'unknown_event';
    }
  }

  /** Forgets everything, in the same time whatever there is. */
  forget(): void {
    const { index } = this.#shared;
    index.giveUpColumn(this.column);
    this.column = index.takeColumn();
    this.#holdings = [];
    this.#tails.clear();
    this.#groupKinds.clear();
  }

  /** The endpoint is gone. */
  close(): void {
    this.#shared.index.giveUpColumn(this.column);
    this.column = -1;
    this.#holdings = [];
    this.#tails.clear();
  }

  /** Forgets half of the blocks, and takes as little memory as the others need. */
  halve(): void {
    for (const holding of this.#holdings) {
      for (let left = holding.count >> 1; left > 0; left--) this.#drop(holding, holding.any());
      holding.shrink();
    }
  }

  #stored(event: BlockStored, model: string): Skipped | undefined {
    const { hashes, tokens, group } = event;
    const count = hashes.length / 2;
    if (group >= 0 && event.groupKind !== '' && this.#groupKinds.size < MAX_HOLDINGS) {
      this.#groupKinds.set(group, event.groupKind);
    }
    if (group >= 0 && !PREFIX_KINDS.has(this.#groupKinds.get(group) ?? '')) return 'unsupported_cache_kind';
    if (count === 0) return undefined;
    const tier = this.#shared.tiers.numberOf(event.tier);
    if (tier < 0) return 'too_many_tiers';
    if (tokens.length === 0) return this.#alsoIn(tier, event);
    if (event.blockSize < 0 || (group >= 0 && event.blockSize === 0)) return 'invalid_block_size';
    const size = tokens.length / count;
    if (!Number.isInteger(size) || (event.blockSize > 0 && event.blockSize !== size)) return 'non_dense_block_span';
    const keysEach = this.#keysEach(size);
    if (keysEach > MAX_KEYS_EACH) return 'invalid_block_size';
    const start = this.#startOf(event, model);
    if (start === undefined) return 'unknown_parent';
    const holding = this.#holding(tier, group, keysEach);
    if (holding === undefined) return 'too_many_tiers';
    this.#place(event, start, holding, size);
    return undefined;
  }

  /** Gives keys to a run of blocks, and notes who has them. */
  #place({ hashes, tokens, extras }: BlockStored, start: OpenTail, holding: Holding, size: number): void {
    const { hasher, index } = this.#shared;
    const ours = hasher.blockSizeTokens;
    const offset = start.tokens.length;
    const all = offset === 0 ? tokens : joined(start.tokens, tokens);
    const full = Math.floor(all.length / ours);
    const ourExtras = spreadExtras(extras, start.extras, offset, size, full, ours);
    if (this.#keys.length < 2 * full) this.#keys = new Int32Array(4 * full);
    const keys = this.#keys;
    hasher.chain(start.before, all, full, ourExtras, keys, 0);
    // The first of our blocks may have begun with blocks of theirs that came earlier, and may be gone.
    const isBegun = offset === 0 || full === 0 || this.#joinBegun(holding, start.hashes, keys[0]!, keys[1]!);
    const isDivided = holding.keysEach > 1 && size % ours === 0;
    for (let j = 0; 2 * j < hashes.length; j++) {
      const low = hashes[2 * j]!;
      const high = hashes[2 * j + 1]!;
      const end = offset + (j + 1) * size;
      const first = Math.floor((end - size) / ours);
      const last = Math.min(Math.ceil(end / ours), full);
      this.#makeRoom(holding, low, high);
      const at = holding.store(low, high);
      for (let i = first; i < last; i++) {
        const keyLow = keys[2 * i]!;
        const keyHigh = keys[2 * i + 1]!;
        if (!holding.hasKey(at, keyLow, keyHigh)) {
          if (!holding.addKey(at, keyLow, keyHigh)) continue;
          // Blocks of theirs that go on differently begin with the same of ours.
          if (isDivided && index.has(keyLow, keyHigh, this.column, holding.tier)) holding.share(keyLow, keyHigh);
        }
        if (i > 0 || isBegun) index.add(keyLow, keyHigh, this.column, holding.tier);
      }
      holding.setAligned(at, end % ours === 0);
      if (end % ours === 0) continue;
      const open = end - (end % ours);
      const reach = Math.max(0, Math.floor((open - offset) / size));
      const own = hashes.subarray(2 * reach, 2 * (j + 1));
      this.#tails.set(low, high, {
        before: open === 0 ? start.before : keys.slice(2 * (open / ours - 1), 2 * (open / ours)),
        tokens: all.slice(open, end),
        extras: ourExtras?.[open / ours] ?? [],
        hashes: open < offset ? joinedWords(start.hashes, own) : own.slice(),
      });
    }
  }

  /** Where a run of blocks goes on: at the beginning, or behind a block that is known. */
  #startOf({ parent, adapter }: BlockStored, model: string): OpenTail | undefined {
    if (parent === undefined) return begin(this.#shared.hasher.root(adapter === '' ? model : adapter));
    const [low = 0, high = 0] = parent;
    for (const holding of this.#holdings) {
      const at = holding.find(low, high);
      if (at < 0) continue;
      if (!holding.isAligned(at)) return this.#tails.get(low, high);
      const last = holding.keysOf(at) - 1;
      return begin(Int32Array.of(holding.keyLow(at, last), holding.keyHigh(at, last)));
    }
    return undefined;
  }

  /** Notes that blocks of theirs are part of one of ours too. @returns false when one of them is gone, or has no room for it */
  #joinBegun(holding: Holding, hashes: Int32Array, low: number, high: number): boolean {
    let isWhole = true;
    for (let i = 0; i < hashes.length; i += 2) {
      const at = holding.find(hashes[i]!, hashes[i + 1]!);
      if (at < 0 || !(holding.hasKey(at, low, high) || holding.addKey(at, low, high))) isWhole = false;
    }
    return isWhole;
  }

  /** Blocks that the endpoint has already lie in another tier, or belong to another group, too. */
  #alsoIn(tier: number, { hashes, group }: BlockStored): Skipped | undefined {
    const { index } = this.#shared;
    let isKnown = true;
    for (let i = 0; i < hashes.length; i += 2) {
      const low = hashes[i]!;
      const high = hashes[i + 1]!;
      const source = this.#holdings.find((holding) => holding.find(low, high) >= 0);
      const target = source && this.#holding(tier, group, source.keysEach);
      if (source === undefined || target === undefined) {
        isKnown = false;
        continue;
      }
      this.#makeRoom(target, low, high);
      const from = source.find(low, high);
      // It may have been the one that made room.
      if (from < 0) continue;
      const at = target.store(low, high);
      target.setAligned(at, source.isAligned(from));
      for (let k = 0; k < source.keysOf(from); k++) {
        const keyLow = source.keyLow(from, k);
        const keyHigh = source.keyHigh(from, k);
        if (!target.hasKey(at, keyLow, keyHigh) && target.addKey(at, keyLow, keyHigh) && target.keysEach > 1) {
          if (index.has(keyLow, keyHigh, this.column, tier)) target.share(keyLow, keyHigh);
        }
        index.add(keyLow, keyHigh, this.column, tier);
      }
    }
    return isKnown ? undefined : 'unknown_block';
  }

  #removed({ hashes, tier, group }: BlockRemoved): Skipped | undefined {
    if (group >= 0 && !PREFIX_KINDS.has(this.#groupKinds.get(group) ?? '')) return 'unsupported_cache_kind';
    const number = this.#shared.tiers.numberOf(tier);
    for (const holding of this.#holdings) {
      if (holding.tier !== number || holding.group !== group) continue;
      for (let i = 0; i < hashes.length; i += 2) {
        const at = holding.find(hashes[i]!, hashes[i + 1]!);
        if (at >= 0 && holding.unstore(at)) this.#drop(holding, at);
      }
    }
    return undefined;
  }

  #drop(holding: Holding, at: number): void {
    for (let k = 0; k < holding.keysOf(at); k++) {
      const keyLow = holding.keyLow(at, k);
      const keyHigh = holding.keyHigh(at, k);
      if (!holding.unshare(keyLow, keyHigh)) this.#shared.index.remove(keyLow, keyHigh, this.column, holding.tier);
    }
    if (
      !this.#holdings.some((other) => other !== holding && other.find(holding.hashLow(at), holding.hashHigh(at)) >= 0)
    ) {
      this.#tails.delete(holding.hashLow(at), holding.hashHigh(at));
    }
    holding.remove(at);
  }

  #makeRoom(holding: Holding, low: number, high: number): void {
    if (!holding.isFull || holding.find(low, high) >= 0) return;
    if (this.#shared.mayGrow(this, holding.growthBytes)) holding.grow();
    while (holding.isFull) this.#drop(holding, holding.any());
  }

  #holding(tier: number, group: number, keysEach: number): Holding | undefined {
    const known = this.#holdings.find(
      (holding) => holding.tier === tier && holding.group === group && holding.keysEach === keysEach,
    );
    if (known !== undefined || this.#holdings.length >= MAX_HOLDINGS) return known;
    const added = new Holding(tier, group, keysEach);
    this.#holdings.push(added);
    return added;
  }

  /** How many of our blocks one of theirs can reach into. */
  #keysEach(size: number): number {
    const ours = this.#shared.hasher.blockSizeTokens;
    if (size % ours === 0) return size / ours;
    return ours % size === 0 ? 1 : Math.ceil(size / ours) + 1;
  }
}

function begin(before: Int32Array): OpenTail {
  return { before, tokens: NO_TOKENS, extras: [], hashes: NO_HASHES };
}

function joined(a: Uint32Array, b: Uint32Array): Uint32Array {
  const all = new Uint32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function joinedWords(a: Int32Array, b: Int32Array): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
