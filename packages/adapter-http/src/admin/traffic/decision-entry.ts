import type { Drop } from '@pointsman/core';

/** One line of the list of recent decisions: a request that was placed, or turned away. */
export interface DecisionEntry {
  /** Unique in its pool; newer entries have a greater one. */
  readonly key: number;
  /** Null when it was turned away. */
  readonly id: string | null;
  readonly requestId: string;
  readonly pool: string;
  readonly model: string;
  readonly path: string;
  /** When it was decided, in milliseconds since the epoch. */
  readonly at: number;
  readonly target: string | null;
  /** Weighted total of the target that was chosen first. */
  readonly score: number | null;
  readonly attempts: number;
  /** `open` while it runs, `rejected` when it was turned away, else how it ended. */
  readonly status: 'open' | 'ok' | 'error' | 'aborted' | 'evicted' | 'shutdown' | 'rejected';
  readonly failed: boolean;
  readonly httpStatus: number | null;
  readonly firstTokenMs: number | null;
  readonly totalMs: number | null;
  readonly promptTokens: number | null;
  readonly cachedTokens: number | null;
  readonly outputTokens: number | null;
  /** What went wrong, when something did. */
  readonly error: string | null;
  /** Of a rejection: who was dropped, by which filter, and why; the first few. */
  readonly drops?: readonly Drop[];
}
