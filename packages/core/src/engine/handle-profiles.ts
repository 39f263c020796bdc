import type { Clock } from '../contract/clock.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import { type Drop, PointsmanError } from '../contract/errors.ts';
import type { HandlerResult, RunProfile } from '../contract/profile-handler.ts';
import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import { reportUnlessRejected } from './report-unless-rejected.ts';
import { type RunResult, runProfile } from './run-profile.ts';

/** What the profile handler decided, with everything that ran. */
export interface Handled {
  readonly primary: RunResult;
  /** By role. */
  readonly companions: Readonly<Record<string, Endpoint>>;
  readonly runs: readonly RunResult[];
  /** In place of the target's own. */
  readonly port: number | undefined;
}

const NONE: Handled['companions'] = Object.freeze({});

/**
 * Lets the profile handler run profiles and say whose target serves the request. Without a handler the only profile
 * runs. When the handler fails, the first profile that found an endpoint wins.
 * @throws PointsmanError ALL_FILTERED, REJECTED
 */
export function handleProfiles(cycle: RequestCycle, faults: Faults, clock: Clock): Handled {
  const { profiles, handler, onlyProfile } = cycle.graph;
  if (handler === undefined && onlyProfile !== undefined) {
    const primary = runProfile(cycle, onlyProfile, cycle.considered.positions, faults, clock);
    if (primary === undefined) throw nobodyLeft(cycle);
    return { primary, companions: NONE, runs: [primary], port: undefined };
  }
  const runs: RunResult[] = [];
  const run: RunProfile = (name) => {
    const profile = profiles.get(name);
    if (profile === undefined) throw new RangeError(`there is no profile "${name}"`);
    const result = runProfile(cycle, profile, cycle.considered.positions, faults, clock);
    if (result !== undefined) runs.push(result);
    cycle.running = handler;
    return result;
  };
  let companions: Handled['companions'] = NONE;
  let primary: RunResult | undefined;
  let port: number | undefined;
  cycle.running = handler;
  try {
    const result = handler?.plugin.handle?.(cycle, run);
    primary = runs.find((candidate) => candidate === result?.primary);
    if (result !== undefined && primary === undefined) {
      // It may be the promise of an asynchronous handler: what that fails with is not told twice.
      Promise.resolve(result).catch(() => {});
      throw new RangeError('its primary result is not from a run');
    }
    if (result?.companions !== undefined) {
      companions = companionsFrom(result.companions, runs, (error) =>
        faults.report(handler?.name ?? '', 'profileHandler', error, cycle.record),
      );
    }
    port = checkedPort(result?.port);
  } catch (error) {
    reportUnlessRejected(cycle, faults, handler?.name ?? '', 'profileHandler', error);
    for (const name of profiles.keys()) if (runs.length === 0) run(name);
    primary ??= runs[0];
  }
  cycle.running = undefined;
  if (primary === undefined) throw nobodyLeft(cycle);
  return { primary, companions, runs, port };
}

function checkedPort(port: number | undefined): number | undefined {
  if (port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65_535)) return port;
  throw new RangeError(`its port ${port} is not in 1..65535`);
}

/** Companions come from runs, as the primary does; one that does not is lost. */
function companionsFrom(
  named: NonNullable<HandlerResult['companions']>,
  runs: readonly RunResult[],
  report: (error: Error) => void,
): Record<string, Endpoint> {
  const companions: Record<string, Endpoint> = {};
  for (const [role, result] of Object.entries(named)) {
    if (runs.some((run) => run === result)) companions[role] = result.target;
    else report(new RangeError(`its companion "${role}" is not from a run`));
  }
  return companions;
}

function nobodyLeft(cycle: RequestCycle): PointsmanError {
  const { rejection } = cycle;
  const parts: string[] = [];
  const all: Drop[] = [];
  for (let p = 0; p < cycle.record.profileCount; p++) {
    const record = cycle.record.profiles[p]!;
    const drops = record.drops();
    const counts = new Map<string, number>();
    for (const { filter } of drops) counts.set(filter, (counts.get(filter) ?? 0) + 1);
    const dropped = [...counts].map(([name, count]) => `${name} dropped ${count}`).join(', ');
    parts.push(`profile "${record.profile}": ${dropped}`);
    all.push(...drops);
  }
  if (rejection !== undefined) {
    const { httpStatus, reason, retryAfterMs, message } = rejection;
    return new PointsmanError('REJECTED', message, { httpStatus, reason, retryAfterMs, drops: all, cause: rejection });
  }
  const why = parts.length === 0 ? 'the profile handler ran no profile' : parts.join('; ');
  return new PointsmanError('ALL_FILTERED', `no endpoint is left for the request (${why})`, {
    reason: 'rejected-saturated',
    drops: all,
  });
}
