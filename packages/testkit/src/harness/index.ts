export type {
  RecordedEndpoint,
  RecordedRequest,
} from '../state/recorded-state.ts';
export { packTokens } from '../state/token-runs.ts';
export { closeTo } from './close-to.ts';
export { readDifferences } from './read-differences.ts';
export { readGolden } from './read-golden.ts';
export { type RefusedPort, refusedPort } from './refused-port.ts';
export {
  type BenchRequest,
  type BenchRun,
  createTestBench,
  type TestBench,
  type TestBenchOptions,
} from './test-bench.ts';
export { settle, VirtualClock } from './virtual-clock.ts';
