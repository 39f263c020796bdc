import { type AdminOptions, type AdminServer, createAdminServer } from '@pointsman/adapter-http/admin';
import type { ConfiguredScheduler } from '@pointsman/config';
import type { Logger } from '@pointsman/core';
import type { Telemetry } from '@pointsman/telemetry';

/** The admin listener of a scheduler that runs by a configuration, with that configuration's token and host names. */
export function createConfiguredAdmin(
  configured: ConfiguredScheduler,
  telemetry: Telemetry,
  log: Logger,
  more: Pick<AdminOptions, 'recent'> = {},
): AdminServer {
  const { scheduler, current } = configured;
  const { token, allowedHosts } = current.admin || {};
  return createAdminServer({
    scheduler,
    ...(token !== undefined && { token }),
    ...(allowedHosts !== undefined && { allowedHosts }),
    ...more,
    parsers: current.parsers,
    priorityOf: configured.priorityOf,
    metricsPage: (accept) => telemetry.page(accept),
    configuration: () => configured.current.effective,
    async reload() {
      const result = await configured.reload();
      if (!result.ok) throw result.error;
      return { changed: result.changed, warnings: result.warnings };
    },
    log,
  });
}
