import type { FlowObserver } from '../src/flow-observer.ts';

const ignore = () => {};

/** Hears everything and tells nobody. */
export const quietObserver: FlowObserver = {
  labelsOf: () => ({}),
  enqueued: ignore,
  dequeued: ignore,
  filled: ignore,
  settled: ignore,
  saturated: ignore,
  dispatched: ignore,
  programWaited: ignore,
  programServed: ignore,
  evicted: ignore,
  reclaiming: ignore,
};
