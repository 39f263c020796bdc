import type { Pool, Scheduler } from '@pointsman/core';
import { AdminError } from '../http/admin-error.ts';

/** The pools that a request is about: the one that it names, or all. @throws AdminError 404 */
export function poolsOf(scheduler: Scheduler, name: string | undefined): readonly Pool[] {
  if (name === undefined) return [...scheduler.pools.values()];
  const pool = scheduler.pools.get(name);
  if (pool !== undefined) return [pool];
  const known = [...scheduler.pools.keys()].map((other) => `"${other}"`).join(', ');
  throw new AdminError(404, 'no_pool', `There is no pool "${name}". There are: ${known}.`);
}
