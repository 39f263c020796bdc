import { z } from 'zod';

/** Instance name of the `inflight-load-producer` whose data a plugin reads. */
export const inFlightLoadProducerName = z.string().min(1).default('inflight-load-producer');
