import type { Load } from './load.ts';
import type { SetupName } from './rig/setup.ts';

export interface TrafficCase {
  readonly name: string;
  readonly load: Load;
  /** `none` is among them: the others are compared with it. */
  readonly setups: readonly SetupName[];
}

const USUAL: readonly SetupName[] = ['none', 'fixed', 'recommended', 'full-duplex'];
const ALL: readonly SetupName[] = [...USUAL, 'buffered'];
/** Where few requests come in a second, scraping is most of what they cost. */
const SPACED: readonly SetupName[] = [...USUAL, 'by-name'];

/** A picker without traffic. */
export interface IdleCase {
  readonly name: string;
  readonly endpoints: number;
  /** Between scrapes of an endpoint. Absent: as it is without configuration, once a second when nothing happens. */
  readonly interval?: string;
}

/** In the order of the memory that they take: the pickers live through all of them. */
export const TRAFFIC_CASES: readonly TrafficCase[] = [
  {
    name: '800 B prompt, 100 tokens streamed without delay, 16 concurrent',
    load: { promptBytes: 800, tokens: 100, stream: true, gapMs: 0, concurrency: 16 },
    setups: ALL,
  },
  {
    name: '800 B prompt, 100 tokens not streamed, 16 concurrent',
    load: { promptBytes: 800, tokens: 100, stream: false, gapMs: 0, concurrency: 16 },
    setups: ALL,
  },
  {
    name: '800 B prompt, 100 tokens 5 ms apart, 50 concurrent',
    load: { promptBytes: 800, tokens: 100, stream: true, gapMs: 5, concurrency: 50 },
    setups: SPACED,
  },
  {
    name: '400 KB prompt, 1,000 tokens streamed without delay, 8 concurrent',
    load: { promptBytes: 400_000, tokens: 1000, stream: true, gapMs: 0, concurrency: 8 },
    setups: USUAL,
  },
  {
    name: '400 KB prompt, 1,000 tokens 5 ms apart, 8 concurrent',
    load: { promptBytes: 400_000, tokens: 1000, stream: true, gapMs: 5, concurrency: 8 },
    setups: SPACED,
  },
  {
    name: '220 KB prompt, 100 tokens not streamed, 150 concurrent',
    load: { promptBytes: 220_000, tokens: 100, stream: false, gapMs: 0, concurrency: 150 },
    setups: USUAL,
  },
];

export const IDLE_CASES: readonly IdleCase[] = [
  { name: 'idle, 10 endpoints', endpoints: 10 },
  { name: 'idle, 100 endpoints', endpoints: 100 },
  { name: 'idle, 10 endpoints scraped every 50 ms all the same', endpoints: 10, interval: '50ms' },
  { name: 'idle, 100 endpoints scraped every 50 ms all the same', endpoints: 100, interval: '50ms' },
];
