import type { Explanation, PointsmanError } from '@pointsman/core';

/** What the scheduler would do with one case. */
export interface DecideAnswer {
  readonly id?: string | number;
  /** Endpoint that would serve the request; null when it would be turned away. */
  readonly target: string | null;
  /** The picker's choices, target first. */
  readonly order: readonly string[];
  /** Other endpoints that take part, by role, such as `prefill`. */
  readonly companions: Readonly<Record<string, string>>;
  /** Everything that was considered. */
  readonly candidates: readonly string[];
  readonly drops: readonly { readonly endpoint: string; readonly filter: string; readonly reason: string }[];
  /** Raw score by scorer and endpoint; an endpoint about which the scorer had no opinion is left out. */
  readonly scores: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  /** Weighted totals of the endpoints that passed the filters. */
  readonly totals: Readonly<Record<string, number>>;
  /** Headers that would be set on the request to the model server. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers that would be set on the response to the client. */
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly faults: Explanation['faults'];
  readonly error?: {
    readonly code: string;
    readonly status: number;
    readonly reason?: string;
    readonly message: string;
  };
}

/** The answer for a decision. */
export function answerOf(
  explanation: Explanation,
  headers: DecideAnswer['headers'],
  responseHeaders: DecideAnswer['responseHeaders'],
): DecideAnswer {
  const primary = explanation.profiles.find((profile) => profile.profile === explanation.primaryProfile);
  return {
    target: explanation.target,
    order: primary?.picked ?? [],
    companions: explanation.companions,
    candidates: primary?.considered ?? [],
    drops: explanation.profiles.flatMap((profile) => profile.dropped),
    scores: Object.fromEntries(
      (primary?.scorers ?? []).map(({ plugin }, column) => [
        plugin,
        scoresOf(primary, column, explanation.faults, plugin),
      ]),
    ),
    totals: Object.fromEntries((primary?.candidates ?? []).map(({ endpoint, total }) => [endpoint, total])),
    headers,
    responseHeaders,
    faults: explanation.faults,
  };
}

/** The answer for a request that would be turned away. */
export function refusalOf(error: PointsmanError, candidates: readonly string[]): DecideAnswer {
  return {
    target: null,
    order: [],
    companions: {},
    candidates,
    drops: error.drops,
    scores: {},
    totals: {},
    headers: {},
    responseHeaders: {},
    faults: [],
    error: {
      code: error.code,
      status: error.httpStatus,
      ...(error.reason === undefined ? {} : { reason: error.reason }),
      message: error.message,
    },
  };
}

/** Null for a score that was lost to a fault of the scorer. */
function scoresOf(
  profile: Explanation['profiles'][number] | undefined,
  column: number,
  faults: Explanation['faults'],
  scorer: string,
): Record<string, number | null> {
  const failed = faults.some((fault) => fault.stage === 'score' && fault.plugin === scorer);
  const scores: Record<string, number | null> = {};
  for (const { endpoint, scores: cells } of profile?.candidates ?? []) {
    const raw = cells[column]?.raw ?? null;
    if (raw !== null || failed) scores[endpoint] = raw;
  }
  return scores;
}
