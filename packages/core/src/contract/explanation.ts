import type { Drop } from './errors.ts';

/** Raw and weighted score that one scorer gave one endpoint. Null: no opinion, or its contribution was lost. */
export interface ScoreCell {
  readonly raw: number | null;
  readonly weighted: number;
}

export interface ExplainedCandidate {
  readonly endpoint: string;
  readonly total: number;
  /** 1 for the target, then the fallbacks; null when not picked. */
  readonly rank: number | null;
  /** One cell for each scorer of the profile, in its order. */
  readonly scores: readonly ScoreCell[];
}

export interface ExplainedProfile {
  readonly profile: string;
  /** Ids of everything that the first filter saw. */
  readonly considered: readonly string[];
  readonly filters: readonly {
    readonly plugin: string;
    readonly kept: number;
  }[];
  readonly dropped: readonly Drop[];
  readonly scorers: readonly {
    readonly plugin: string;
    readonly weight: number;
  }[];
  /** In the order of their totals, best first. */
  readonly candidates: readonly ExplainedCandidate[];
  readonly adjustments: readonly {
    readonly plugin: string;
    readonly endpoint: string;
    readonly delta: number;
    readonly reason: string;
  }[];
  readonly picker: string;
  readonly picked: readonly string[];
  /** Endpoints that shared the best total. More than one: chance decided, by the seed. */
  readonly tied: number;
  /** Total of the target less that of the runner-up; null without a runner-up. */
  readonly margin: number | null;
  /** Smallest changes that would have made the runner-up win; none when it had the same total. */
  readonly flips: readonly Flip[];
}

/** One change that would have turned the decision. */
export interface Flip {
  readonly scorer: string;
  readonly runnerUp: string;
  /** The weight from which on the runner-up wins, all else equal; null when no weight does it. */
  readonly weight: number | null;
  /** The raw score that the runner-up would have needed; null when beyond 0..1. */
  readonly rawScore: number | null;
}

/** Why a decision came out as it did. Plain data. */
export interface Explanation {
  readonly version: 1;
  readonly id: string;
  readonly requestId: string;
  readonly pool: string;
  readonly model: string;
  /** When, as ISO 8601. */
  readonly at: string;
  /** Seed of the random source; the same seed and inputs give the same decision. */
  readonly seed: string;
  readonly target: string;
  readonly fallbacks: readonly string[];
  readonly companions: Readonly<Record<string, string>>;
  readonly primaryProfile: string;
  readonly profiles: readonly ExplainedProfile[];
  /** How old the data of the candidates was, by the plugin that wrote it; milliseconds, null for never written. */
  readonly data: readonly {
    readonly writer: string;
    readonly ages: readonly {
      readonly endpoint: string;
      readonly ageMs: number | null;
    }[];
  }[];
  /** Plugins whose contribution was lost, and why. */
  readonly faults: readonly {
    readonly plugin: string;
    readonly stage: string;
    readonly message: string;
  }[];
  readonly notes: readonly { readonly plugin: string; readonly text: string }[];
  /** Microseconds spent in each stage. */
  readonly timingsUs: Readonly<Record<string, number>>;
  /** Endpoints that were tried, with the reason for leaving each but the last. */
  readonly attempts: readonly {
    readonly endpoint: string;
    readonly left: string | null;
  }[];
  /** How the call ended; null while it runs. */
  readonly outcome: {
    readonly status: string;
    readonly httpStatus: number | null;
    readonly firstTokenMs: number | null;
    readonly totalMs: number;
    readonly promptTokens: number | null;
    readonly cachedTokens: number | null;
    readonly outputTokens: number | null;
  } | null;
}
