import { PointsmanError } from '../contract/errors.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { Instance } from './instance.ts';
import type { ProfileRecord } from './profile-record.ts';
import { refusePromise } from './refuse-promise.ts';

/**
 * Stage 4: filters in their order, each on what the one before it left. A filter that rejects drops everybody, and says
 * what the client is told unless another profile serves the request; one that fails otherwise drops nothing.
 */
export function runFilters(
  cycle: RequestCycle,
  record: ProfileRecord,
  filters: readonly Instance[],
  faults: Faults,
): void {
  for (let i = 0; i < filters.length && record.length > 0; i++) {
    const filter = filters[i]!;
    cycle.running = filter;
    try {
      if (filter.plugin.filterAll !== undefined) {
        refusePromise(filter.plugin.filterAll(record, cycle, record), 'filterAll()');
      } else keepEach(cycle, record, filter);
    } catch (error) {
      record.discardDrops();
      if (PointsmanError.is(error, 'REJECTED')) {
        cycle.rejection ??= error;
        for (let index = 0; index < record.length; index++) record.drop(index, error.message);
      } else faults.report(filter.name, 'filter', error, cycle.record);
    }
    record.applyDrops(i);
  }
}

function keepEach(cycle: RequestCycle, record: ProfileRecord, filter: Instance): void {
  for (let index = 0; index < record.length; index++) {
    const verdict: unknown = filter.plugin.keep!(filter.reader.moveTo(record.endpoint(index), cycle), cycle);
    if (typeof verdict === 'string') record.drop(index, verdict);
    else if (verdict !== true) throw new TypeError(`keep() answered ${String(verdict)}; it must be true or a reason`);
  }
}
