import type { TrafficCase } from '../cases.ts';
import type { Rig } from '../rig/rig.ts';
import type { Setup, SetupName } from '../rig/setup.ts';
import { type CaseResult, type SetupResult, setupResult } from './case-result.ts';
import { forgetPeak, residentBytes } from './process-usage.ts';
import { measureSlice, type Slice } from './slice.ts';

export interface Rounds {
  readonly rounds: number;
  readonly roundMs: number;
}

const WARM_UP_MS = 1000;
/** Before every slice: what was idle meanwhile is awake, and every endpoint is scraped as often as one that serves. */
const RUN_UP_MS = 250;

/** Runs a case: all setups in turns, so that what else the machine does hits all of them. */
export async function runCase(
  rig: Rig,
  { load, setups }: TrafficCase,
  { rounds, roundMs }: Rounds,
): Promise<CaseResult> {
  const eager = { ...load, gapMs: 0 };
  const running: Setup[] = [];
  for (const name of setups) running.push(await rig.setup(name));
  for (const setup of running) {
    await rig.send(setup, eager, WARM_UP_MS);
    if (setup.picker !== undefined) forgetPeak(setup.picker.pid);
  }
  const measured: Map<SetupName, Slice>[] = [];
  for (let round = 0; round < rounds; round++) {
    const slices = new Map<SetupName, Slice>();
    // Nobody is always the first.
    const first = round % running.length;
    for (const setup of [...running.slice(first), ...running.slice(0, first)]) {
      await rig.send(setup, eager, RUN_UP_MS);
      slices.set(setup.name, await measureSlice(rig, setup, load, roundMs));
    }
    measured.push(slices);
  }
  return Object.fromEntries(
    running.map(({ name, picker }): [SetupName, SetupResult] => [
      name,
      setupResult(name, measured, picker === undefined ? Number.NaN : residentBytes(picker.pid).peak),
    ]),
  );
}
