import { setTimeout as after } from 'node:timers/promises';
import type { IdleCase } from '../cases.ts';
import type { Rig } from '../rig/rig.ts';
import { cpuMs, residentBytes } from './process-usage.ts';

export interface IdleResult {
  readonly cores: number;
  readonly residentMb: number;
  readonly metricsPagesPerSecond: number;
}

/** Until the picker knows its endpoints, and that nothing happens there. */
const SETTLE_MS = 3000;
const MEASURE_MS = 4000;

export async function runIdle(rig: Rig, { endpoints, interval }: IdleCase): Promise<IdleResult> {
  const servers = rig.servers.slice(0, endpoints);
  await using picker = await rig.startPicker(servers, interval);
  await after(SETTLE_MS);
  const usage = async () => ({
    pages: await rig.pagesServed(servers),
    atMs: performance.now(),
    cpuMs: cpuMs(picker.pid),
  });
  const before = await usage();
  await after(MEASURE_MS);
  const now = await usage();
  const ms = now.atMs - before.atMs;
  return {
    cores: (now.cpuMs - before.cpuMs) / ms,
    residentMb: residentBytes(picker.pid).now / 1e6,
    metricsPagesPerSecond: ((now.pages - before.pages) * 1000) / ms,
  };
}
