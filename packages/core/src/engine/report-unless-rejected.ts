import { PointsmanError } from '../contract/errors.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';

/** A rejection is a plugin's verdict on the request; anything else that it throws is a fault of its own. @throws the rejection */
export function reportUnlessRejected(
  cycle: RequestCycle,
  faults: Faults,
  plugin: string,
  stage: 'preCall' | 'admit' | 'profileHandler',
  error: unknown,
): void {
  if (PointsmanError.is(error, 'REJECTED')) throw error;
  faults.report(plugin, stage, error, cycle.liveRecord);
}
