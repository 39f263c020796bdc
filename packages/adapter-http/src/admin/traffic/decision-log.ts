import type { DecisionEntry } from './decision-entry.ts';

/** What may be asked of the log. */
export interface DecisionFilter {
  readonly limit: number;
  readonly only?: 'failed' | 'slow' | undefined;
  /** Milliseconds from which on a request is slow: to its first token, or without one to its end. */
  readonly slowMs: number;
}

interface Kept {
  entry: DecisionEntry;
  /** Counts every change of the log. */
  revision: number;
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

  get revision(): number {
    return this.#revision;
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
      if (only === 'slow') return (entry.firstTokenMs ?? entry.totalMs ?? 0) >= slowMs;
      return true;
    });
    return wanted.slice(0, limit);
  }

  /** What changed after a revision, newest first. */
  since(revision: number, limit: number): readonly DecisionEntry[] {
    const changed = this.#all().filter((kept) => kept.revision > revision);
    return changed.slice(0, limit).map(({ entry }) => entry);
  }

  #all(): Kept[] {
    const all = new Map([...this.#failed, ...this.#recent]);
    return [...all.values()].sort((a, b) => b.entry.key - a.entry.key);
  }
}
