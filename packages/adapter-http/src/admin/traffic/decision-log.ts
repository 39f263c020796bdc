import type { DecisionEntry } from './decision-entry.ts';

/** From when on a request is slow, unless somebody says otherwise: milliseconds. */
export const DEFAULT_SLOW_MS = 2_000;

/** What may be asked of the log. */
export interface DecisionFilter {
  readonly limit: number;
  readonly only?: 'failed' | 'slow' | undefined;
  /** Milliseconds from which on a request is slow: to its first token, or without one to its end. */
  readonly slowMs: number;
}

/** An entry, and when it changed last, as a count of all changes of its log. */
export interface Kept {
  entry: DecisionEntry;
  revision: number;
}

export interface DecisionLists {
  readonly finished: readonly Readonly<Kept>[];
  readonly running: readonly Readonly<Kept>[];
  readonly slow: readonly Readonly<Kept>[];
  readonly failed: readonly Readonly<Kept>[];
}

/** The recent decisions of one pool, newest last. Those that failed are kept longer, so that traffic does not wash them away. */
export class DecisionLog {
  readonly #limit: number;
  readonly #recent = new Map<number, Kept>();
  readonly #failed = new Map<number, Kept>();
  readonly #keyById = new Map<string, number>();
  #lastKey = 0;
  #revision = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(entry: Omit<DecisionEntry, 'key'>): void {
    const kept = { entry: { ...entry, key: ++this.#lastKey }, revision: ++this.#revision };
    this.#recent.set(this.#lastKey, kept);
    if (entry.id !== null) this.#keyById.set(entry.id, this.#lastKey);
    if (entry.failed) this.#keepFailed(kept);
    const oldest = this.#recent.size > this.#limit ? this.#recent.entries().next().value : undefined;
    if (oldest === undefined) return;
    this.#recent.delete(oldest[0]);
    if (oldest[1].entry.id !== null) this.#keyById.delete(oldest[1].entry.id);
  }

  /** Completes an entry. One that was forgotten while its request ran is added again when it failed. */
  update(id: string, change: Partial<DecisionEntry>, whole: () => Omit<DecisionEntry, 'key'>): void {
    const kept = this.#recent.get(this.#keyById.get(id) ?? -1);
    if (kept !== undefined) {
      kept.entry = { ...kept.entry, ...change };
      kept.revision = ++this.#revision;
      if (kept.entry.failed) this.#keepFailed(kept);
    } else if (change.failed === true) {
      this.#keepFailed({ entry: { ...whole(), ...change, key: ++this.#lastKey }, revision: ++this.#revision });
    }
  }

  #keepFailed(kept: Kept): void {
    this.#failed.set(kept.entry.key, kept);
    if (this.#failed.size <= this.#limit) return;
    const oldest = this.#failed.keys().next().value;
    if (oldest !== undefined) this.#failed.delete(oldest);
  }

  /** Newest first. */
  list({ limit, only, slowMs }: DecisionFilter): readonly DecisionEntry[] {
    const found = this.#all().map(({ entry }) => entry);
    const wanted = found.filter((entry) => {
      if (only === 'failed') return entry.failed;
      if (only === 'slow') return isSlow(entry, slowMs);
      return true;
    });
    return wanted.slice(0, limit);
  }

  /** What the live page lists: those that ended last, that run, and that were slow or failed; newest first. */
  lists(limit: number, slowMs: number): DecisionLists {
    const all = this.#all();
    const ended = all.filter(({ entry }) => entry.status !== 'open').sort((a, b) => b.revision - a.revision);
    return {
      finished: ended.slice(0, limit),
      running: all.filter(({ entry }) => entry.status === 'open').slice(0, limit),
      slow: ended.filter(({ entry }) => isSlow(entry, slowMs)).slice(0, limit),
      failed: ended.filter(({ entry }) => entry.failed).slice(0, limit),
    };
  }

  #all(): Kept[] {
    const all = new Map([...this.#failed, ...this.#recent]);
    return [...all.values()].sort((a, b) => b.entry.key - a.entry.key);
  }
}

function isSlow({ firstTokenMs, totalMs }: DecisionEntry, slowMs: number): boolean {
  return (firstTokenMs ?? totalMs ?? 0) >= slowMs;
}
