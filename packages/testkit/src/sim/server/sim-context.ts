import type { Random } from '@pointsman/core';
import type { SimEngine } from '../engine/engine.ts';
import type { SimClock } from '../engine/sim-clock.ts';
import type { ResolvedSimOptions } from '../options/sim-options.ts';
import type { EngineMetrics } from './engine-metrics.ts';
import type { FaultSwitch } from './fault-switch.ts';
import type { ModelNames } from './model-names.ts';

/** What the parts of one simulated server share. */
export interface SimContext {
  /** Replaced as a whole when the admin path changes something. */
  options: ResolvedSimOptions;
  readonly engine: SimEngine;
  readonly clock: SimClock;
  readonly random: Random;
  readonly metrics: EngineMetrics;
  readonly models: ModelNames;
  readonly faults: FaultSwitch;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
}
