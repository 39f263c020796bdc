import type { WaitingRequest } from '../queue/waiting-request.ts';

/** How the requests of a flow are ordered, by the types of llm-d. */
export const ORDERINGS = ['fcfs-ordering-policy', 'edf-ordering-policy', 'slo-deadline-ordering-policy'] as const;

export type Ordering = (typeof ORDERINGS)[number];

/** Header that says within how many milliseconds the client wants the first token, and its older name. */
const [TTFT_HEADER, OLDER_TTFT_HEADER] = ['x-llm-d-slo-ttft-ms', 'x-slo-ttft-ms'];

/** By what a request is ordered within its flow: smaller goes first, and of equal ones whichever came first. */
export function rankOf(ordering: Ordering, { cohort, facts, since }: WaitingRequest): number {
  switch (ordering) {
    case 'fcfs-ordering-policy':
      return 0;
    case 'edf-ordering-policy': {
      const ttlMs = cohort?.limits.requestTtlMs ?? 0;
      return ttlMs > 0 ? since + ttlMs : Number.POSITIVE_INFINITY;
    }
    case 'slo-deadline-ordering-policy':
      return facts.firstTokenDueAt;
  }
}

/**
 * When the client wants the first token, in milliseconds since the epoch; infinite when it does not say.
 * @param now when the request came
 */
export function firstTokenDueAt(now: number, headers: Readonly<Record<string, string | undefined>>): number {
  const wanted = headers[TTFT_HEADER] ?? headers[OLDER_TTFT_HEADER] ?? '';
  // A wish that is no whole number of milliseconds is none.
  return /^\+?\d{1,15}$/.test(wanted) ? now + Number(wanted) : Number.POSITIVE_INFINITY;
}
