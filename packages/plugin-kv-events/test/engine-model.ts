import type { BlockRemoved, BlockStored } from '../src/events/kv-event.ts';

/** A model server's cache as it should be, and the events that it sends. */
export class EngineModel {
  readonly blockSize: number;
  /** By tier, how often each block is there; a block is named by all tokens up to its end. */
  readonly held = new Map<string, Map<string, number>>();
  /** Hashes by name, which say nothing of what they stand for. */
  readonly #hashes = new Map<string, number>();

  constructor(blockSize: number) {
    this.blockSize = blockSize;
  }

  /** A prompt is computed: what is missing is stored, in runs. @param again also what is there, once more */
  store(tokens: readonly number[], tier: string, again: boolean): readonly BlockStored[] {
    const held = this.#tier(tier);
    const events: BlockStored[] = [];
    let run: number[] = [];
    const blocks = Math.floor(tokens.length / this.blockSize);
    const flush = () => {
      if (run.length > 0) events.push(this.#stored(tokens, run[0]!, run.length, tier));
      run = [];
    };
    for (let i = 0; i < blocks; i++) {
      const name = this.#name(tokens, i);
      const times = held.get(name) ?? 0;
      if (times > 0 && !again) {
        flush();
        continue;
      }
      held.set(name, times + 1);
      run.push(i);
    }
    flush();
    return events;
  }

  /** A block is dropped, once. */
  remove(pick: number, tier: string): readonly BlockRemoved[] {
    const held = this.#tier(tier);
    if (held.size === 0) return [];
    const name = [...held.keys()][pick % held.size]!;
    const times = held.get(name)! - 1;
    if (times === 0) held.delete(name);
    else held.set(name, times);
    return [{ kind: 'removed', hashes: this.#words([name]), tier, group: -1 }];
  }

  clear(): void {
    this.held.clear();
  }

  /**
   * Blocks of `size` tokens at the beginning of a prompt that are there in full, each in some tier. A block of ours may lie in one of
   * theirs that goes on otherwise.
   */
  match(tokens: readonly number[], size: number): number {
    let count = 0;
    while ((count + 1) * size <= tokens.length && this.#has(tokens.slice(0, (count + 1) * size), size)) count++;
    return count;
  }

  #has(tokens: readonly number[], size: number): boolean {
    const first = Math.floor((tokens.length - size) / this.blockSize);
    const whole = Math.floor(tokens.length / this.blockSize);
    const names = Array.from({ length: Math.max(0, whole - first) }, (_, i) => this.#name(tokens, first + i));
    const beginning = `${tokens.join(',')},`;
    const length = (whole + 1) * this.blockSize;
    return [...this.held.values()].some(
      (held) =>
        names.every((name) => held.has(name)) &&
        (whole * this.blockSize === tokens.length ||
          [...held.keys()].some((name) => name.startsWith(beginning) && name.split(',').length === length)),
    );
  }

  #tier(tier: string): Map<string, number> {
    const held = this.held.get(tier) ?? new Map();
    this.held.set(tier, held);
    return held;
  }

  #name(tokens: readonly number[], block: number): string {
    return tokens.slice(0, (block + 1) * this.blockSize).join(',');
  }

  #stored(tokens: readonly number[], from: number, count: number, tier: string): BlockStored {
    const names = Array.from({ length: count }, (_, i) => this.#name(tokens, from + i));
    return {
      kind: 'stored',
      hashes: this.#words(names),
      parent: from === 0 ? undefined : this.#words([this.#name(tokens, from - 1)]),
      tokens: Uint32Array.from(tokens.slice(from * this.blockSize, (from + count) * this.blockSize)),
      blockSize: this.blockSize,
      adapter: '',
      tier,
      extras: undefined,
      group: -1,
      groupKind: '',
    };
  }

  #words(names: readonly string[]): Int32Array {
    return Int32Array.from(
      names.flatMap((name) => {
        const hash = this.#hashes.get(name) ?? this.#hashes.size + 1;
        this.#hashes.set(name, hash);
        return [hash, Math.imul(hash, 0x9e3779b1)];
      }),
    );
  }
}
