import type { Load } from '../load.ts';
import type { Traffic } from '../processes/load-generator.ts';
import type { Rig } from '../rig/rig.ts';
import type { Setup } from '../rig/setup.ts';
import { busyMs } from './machine-usage.ts';
import { cpuMs, residentBytes } from './process-usage.ts';

/** What a while of traffic through one setup has cost. */
export interface Slice {
  readonly traffic: Traffic;
  /** CPU per request, in milliseconds. */
  readonly cpu: {
    /** NaN without a picker. */
    readonly picker: number;
    readonly envoy: number;
    /** Clients and model servers. */
    readonly rest: number;
  };
  /** NaN without a picker. */
  readonly pickerResidentBytes: number;
  readonly pagesPerSecond: number;
  /** That went to something else: above a few tenths the machine is not quiet. */
  readonly otherCores: number;
}

export async function measureSlice(rig: Rig, setup: Setup, load: Load, ms: number): Promise<Slice> {
  const { picker, envoy, servers } = setup;
  const usage = () => ({
    atMs: performance.now(),
    machine: busyMs(),
    picker: picker === undefined ? Number.NaN : cpuMs(picker.pid),
    envoy: cpuMs(envoy.pid),
    rest: cpuMs(rig.generatorPid) + cpuMs(rig.modelServersPid),
  });
  const pages = await rig.pagesServed(servers);
  const before = usage();
  const traffic = await rig.send(setup, load, ms);
  const after = usage();
  const passedMs = after.atMs - before.atMs;
  const usedMs = (of: 'machine' | 'picker' | 'envoy' | 'rest') => after[of] - before[of];
  const ownMs = (picker === undefined ? 0 : usedMs('picker')) + usedMs('envoy') + usedMs('rest');
  const perRequest = (of: 'picker' | 'envoy' | 'rest') => usedMs(of) / traffic.requests;
  return {
    traffic,
    cpu: { picker: perRequest('picker'), envoy: perRequest('envoy'), rest: perRequest('rest') },
    pickerResidentBytes: picker === undefined ? Number.NaN : residentBytes(picker.pid).now,
    pagesPerSecond: (((await rig.pagesServed(servers)) - pages) * 1000) / passedMs,
    otherCores: Math.max(0, usedMs('machine') - ownMs) / passedMs,
  };
}
