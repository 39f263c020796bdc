import { PointsmanError } from '@pointsman/core';

/** What becomes of a request here, in the words of llm-d's metrics. */
export type AdmissionOutcome = 'Dispatched' | 'EvictedContextCancelled' | Refused;

/** The ways in which it is turned away. */
export type Refused = 'RejectedCapacity' | 'RejectedNoEndpoints' | 'EvictedTTL' | 'EvictedNoEndpoints';

interface Refusal {
  readonly httpStatus: 429 | 503;
  readonly reason: string;
  readonly message: string;
}

/** Status, reason and text of each refusal: those of llm-d, which clients know. */
const REFUSALS: Readonly<Record<Refused, Refusal>> = {
  RejectedCapacity: {
    httpStatus: 429,
    reason: 'rejected-saturated',
    message: 'request rejected pre-queue: queue at capacity',
  },
  RejectedNoEndpoints: {
    httpStatus: 503,
    reason: 'rejected-no-endpoints',
    message: 'no endpoints available: request rejected pre-queue: no endpoints available',
  },
  EvictedTTL: {
    httpStatus: 429,
    reason: 'rejected-ttl-expired',
    message: 'request timed out in queue: request evicted from queue: request TTL expired',
  },
  EvictedNoEndpoints: {
    httpStatus: 503,
    reason: 'rejected-no-endpoints',
    message:
      'request timed out in queue and no endpoints are available: request evicted from queue: ' +
      'request TTL expired: no endpoints available',
  },
};

/** The error that turns a request away. */
export function refusal(outcome: Refused): PointsmanError {
  const { message, ...details } = REFUSALS[outcome];
  return new PointsmanError('REJECTED', message, details);
}
