import { z } from 'zod';
import { FAIRNESSES } from './policies/fairness.ts';
import { ORDERINGS } from './policies/ordering.ts';
import { usageLimitParams } from './policies/usage-limit.ts';
import { programParams } from './programs/program-params.ts';

const bandFields = {
  /** Requests of this priority that may wait. */
  maxRequests: z.int().positive().default(5000),
  /** Bytes of their bodies. */
  maxBytes: z.int().positive().default(1_000_000_000),
  /** Who of several flows goes next. */
  fairness: z.enum(FAIRNESSES).default('global-strict-fairness-policy'),
  /** Who of a flow goes first. */
  ordering: z.enum(ORDERINGS).default('fcfs-ordering-policy'),
};

const band = z.strictObject(bandFields);

/** How requests that run are given up. */
const evictionParams = z.strictObject({
  /** Milliseconds until the detector has seen what giving up a request has brought; until then nobody else is. */
  graceMs: z.number().min(0).default(2300),
});

/** Parameters of `flow-control`. */
export const flowControlParams = z.strictObject({
  /** Requests that may wait, over all priorities; 0 for any number. */
  maxRequests: z.int().min(0).default(0),
  /** Bytes of their bodies; 0 for any number. */
  maxBytes: z.int().min(0).default(0),
  /** Milliseconds that a request may wait while the pool is full; 0 for as long as it takes. */
  requestTtlMs: z.number().min(0).default(60_000),
  /** Milliseconds that a request may wait while the pool has no endpoint; 0 for as long as it takes. Default: `requestTtlMs`. */
  noEndpointTtlMs: z.number().min(0).optional(),
  /** What holds for priorities that `bands` does not name. */
  defaultBand: band.prefault({}),
  /** The same for those below 0, where it is something else. */
  negativeBand: band.optional(),
  /** What holds for some priorities. */
  bands: z
    .array(z.strictObject({ priority: z.int(), ...bandFields }))
    .refine((bands) => new Set(bands.map(({ priority }) => priority)).size === bands.length, {
      message: 'two bands have the same priority',
    })
    .default([]),
  /** Other priorities that requests may have: usage limits count them as bands from the start. */
  priorities: z.array(z.int()).default([]),
  /** What `program-aware-fairness` goes by, in all bands that it rules. */
  programs: programParams.prefault({}),
  /** Up to which saturation each band may use the pool. */
  usageLimit: usageLimitParams.prefault({ type: 'static-usage-limit-policy' }),
  /** Whether requests of a priority below 0 that run are given up for more important ones that wait; absent: they are not. */
  eviction: evictionParams.optional(),
  /** Name of the plugin that knows how full the pool is. */
  saturationDetector: z.string().min(1).default('utilization-detector'),
});

export type FlowControlParams = z.output<typeof flowControlParams>;
export type EvictionParams = z.output<typeof evictionParams>;
export type BandLimits = z.output<typeof band>;
