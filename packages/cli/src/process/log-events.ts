import type { Logger, Scheduler } from '@pointsman/core';

/** Logs what happens to requests and endpoints. What every request does is on the level `debug`. */
export function logEvents(scheduler: Scheduler, log: Logger): void {
  const failing = new Set<string>();
  scheduler
    .on('endpoint:added', ({ pool, endpoint }) => log.info('endpoint added', { pool, endpoint: endpoint.id }))
    .on('endpoint:removed', ({ pool, endpoint }) => {
      log.info('endpoint removed', { pool, endpoint: endpoint.id });
      for (const scrape of failing) if (scrape.startsWith(`${pool} ${endpoint.id} `)) failing.delete(scrape);
    })
    .on('poll:failed', ({ pool, fetcher, endpoint, error }) => {
      // Polled again and again: the first failure says it.
      const scrape = `${pool} ${endpoint.id} ${fetcher}`;
      if (failing.has(scrape)) return;
      failing.add(scrape);
      log.warn('endpoint cannot be polled', { pool, endpoint: endpoint.id, fetcher, error: messageOf(error) });
    })
    .on('poll:recovered', ({ pool, fetcher, endpoint }) => {
      if (failing.delete(`${pool} ${endpoint.id} ${fetcher}`)) {
        log.info('endpoint is polled again', { pool, endpoint: endpoint.id, fetcher });
      }
    })
    .on('retried', ({ decision, from, why }) =>
      log.warn('request moved to a fallback', { decision: decision.id, from: from.id, to: decision.target.id, why }),
    )
    .on('rejected', ({ pool, request, error }) =>
      log.debug('request turned away', { pool, request: request.id, code: error.code, error: error.message }),
    )
    .on('decision', (decision, request) =>
      log.debug('decision', { decision: decision.id, request: request.id, target: decision.target.id }),
    )
    .on('ended', (decision, outcome) =>
      log.debug('request ended', {
        decision: decision.id,
        status: outcome.status,
        httpStatus: outcome.httpStatus,
        totalMs: Math.round(outcome.totalMs),
        usage: outcome.usage,
      }),
    );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
