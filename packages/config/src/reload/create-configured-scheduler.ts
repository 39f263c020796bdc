import { noMetrics, silentLogger, systemClock } from '@pointsman/core';
import type { ConfigSource } from '../config-source.ts';
import { EndpointFiles } from '../endpoints/endpoint-files.ts';
import { readConfig } from '../read-config.ts';
import type { ConfiguredScheduler, ConfiguredSchedulerOptions } from './configured-scheduler.ts';
import { signatureOf } from './file-watcher.ts';
import { LiveConfiguration } from './live-configuration.ts';

/**
 * Makes a scheduler from a configuration, which can be changed while it runs. The caller starts it.
 * @throws ConfigError with everything that is wrong; PointsmanError CONFIG_INVALID when the file cannot be read
 */
export async function createConfiguredScheduler(
  options: ConfiguredSchedulerOptions & ConfigSource,
): Promise<ConfiguredScheduler> {
  const { clock = systemClock, log = silentLogger, metrics = noMetrics, ...rest } = options;
  const files = new EndpointFiles({ ...options, log });
  // Looked at before it is read, so that no change falls in between.
  const since = options.file === undefined ? undefined : signatureOf(options.file);
  const config = await readConfig(options, {
    catalog: options.catalog,
    poolName: options.poolName,
    endpointFile: files.sourceOf,
  });
  return new LiveConfiguration({ ...rest, clock, log, metrics, since }, config, files);
}
