import type { Clock } from '@pointsman/core';
import type { ProgramTable } from '../programs/program-table.ts';
import type { BandQueue } from '../queue/band-queue.ts';
import { ProgramAwareQueue } from '../queue/program-aware-queue.ts';
import { RoundRobinQueue } from '../queue/round-robin-queue.ts';
import { StrictQueue } from '../queue/strict-queue.ts';

/** Who of the flows of a band goes next, by the types of llm-d. */
export const FAIRNESSES = [
  'global-strict-fairness-policy',
  'round-robin-fairness-policy',
  'program-aware-fairness',
] as const;

export type Fairness = (typeof FAIRNESSES)[number];

/** @returns makes the queue of a band, by its rule */
export function queueMaker(clock: Clock, programs: ProgramTable): (fairness: Fairness) => BandQueue {
  return (fairness) => {
    switch (fairness) {
      case 'global-strict-fairness-policy':
        return new StrictQueue();
      case 'round-robin-fairness-policy':
        return new RoundRobinQueue();
      case 'program-aware-fairness':
        return new ProgramAwareQueue(clock, programs);
    }
  };
}
