import { type ConfigSource, type ConfiguredScheduler, createConfiguredScheduler } from '@pointsman/config';
import type { Logger, Scheduler } from '@pointsman/core';
import { createTelemetry, type Telemetry, timePlugins } from '@pointsman/telemetry';
import { builtinCatalog } from '../catalog.ts';
import { logEvents } from './log-events.ts';
import { tellBuild } from './tell-build.ts';

/** A scheduler that runs by a configuration, with all that is logged and counted of it. */
export interface ObservedScheduler {
  readonly configured: ConfiguredScheduler;
  readonly telemetry: Telemetry;
  /** The scheduler for the adapter, which measures what only an adapter brings about. */
  readonly measured: Scheduler;
}

/**
 * Makes the scheduler of a command, and its metrics under Pointsman's names and llm-d's. It follows SIGHUP.
 * @param options.timesPlugins also how long each plugin takes, which costs time itself
 * @param options.poolName of the pool of a configuration that gives it none
 * @throws ConfigError
 */
export async function createObservedScheduler(
  source: ConfigSource,
  log: Logger,
  { timesPlugins, poolName }: { readonly timesPlugins: boolean; readonly poolName?: string | undefined },
): Promise<ObservedScheduler> {
  const telemetry = createTelemetry();
  const { metrics } = telemetry;
  const configured = await createConfiguredScheduler({
    ...source,
    catalog: builtinCatalog(),
    poolName,
    log,
    metrics,
    ...(timesPlugins && { instrument: timePlugins(metrics) }),
  });
  const { scheduler } = configured;
  telemetry.observe(scheduler);
  const measured = telemetry.observeAsLlmd(scheduler);
  tellBuild(metrics, { name: 'llm_d_epp_info', help: 'What runs.' });
  logEvents(scheduler, log);
  configured.reloadOn('SIGHUP');
  return { configured, telemetry, measured };
}
