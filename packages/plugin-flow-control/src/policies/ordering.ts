/** How the requests of a flow are ordered, by the types of llm-d. */
export const ORDERINGS = ['fcfs-ordering-policy', 'edf-ordering-policy', 'slo-deadline-ordering-policy'] as const;

export type Ordering = (typeof ORDERINGS)[number];

/** Header that says within how many milliseconds the client wants the first token, and its older name. */
const [TTFT_HEADER, OLDER_TTFT_HEADER] = ['x-llm-d-slo-ttft-ms', 'x-slo-ttft-ms'];

/**
 * By what a request is ordered within its flow: smaller goes first, and of equal ones whichever came first.
 * @param now when it came, in milliseconds since the epoch
 * @param ttlMs how long it may wait; 0 for as long as it takes
 */
export function rankOf(
  ordering: Ordering,
  now: number,
  ttlMs: number,
  headers: Readonly<Record<string, string | undefined>>,
): number {
  switch (ordering) {
    case 'fcfs-ordering-policy':
      return 0;
    case 'edf-ordering-policy':
      return ttlMs > 0 ? now + ttlMs : Number.POSITIVE_INFINITY;
    case 'slo-deadline-ordering-policy': {
      const wanted = headers[TTFT_HEADER] ?? headers[OLDER_TTFT_HEADER] ?? '';
      // A wish that is no whole number of milliseconds is none.
      return /^\+?\d{1,15}$/.test(wanted) ? now + Number(wanted) : Number.POSITIVE_INFINITY;
    }
  }
}
