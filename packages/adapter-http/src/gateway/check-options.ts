import { PointsmanError } from '@pointsman/core';
import type { GatewayOptions } from './gateway-options.ts';

/** The longest delay that a timer takes, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Looks at the numbers that would otherwise fail in the middle of a request.
 * @throws PointsmanError CONFIG_INVALID
 */
export function checkOptions({ limits, timeouts, retry, upstream, health }: GatewayOptions): void {
  whole('limits.bodyBytes', limits?.bodyBytes, 0);
  for (const name of ['connectMs', 'headersMs', 'idleMs', 'clientStallMs'] as const) {
    whole(`timeouts.${name}`, timeouts?.[name], 0, LONGEST_MS);
  }
  whole('upstream.connections', upstream?.connections, 1);
  whole('upstream.keepAliveMs', upstream?.keepAliveMs, 1, LONGEST_MS);
  if (retry !== undefined && retry !== false) {
    whole('retry.attempts', retry.attempts, 0);
    for (const status of retry.statuses ?? []) whole('retry.statuses', status, 400, 599);
    notNegative('retry.budget.ratio', retry.budget?.ratio);
    notNegative('retry.budget.minPerSecond', retry.budget?.minPerSecond);
  }
  if (health !== undefined && health !== false) {
    path('health.livePath', health.livePath);
    path('health.readyPath', health.readyPath);
  }
}

function whole(name: string, value: number | undefined, min: number, max: number = Number.MAX_SAFE_INTEGER): void {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  fail(name, `a whole number from ${min} to ${max}`, value);
}

function notNegative(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isFinite(value) && value >= 0)) return;
  fail(name, 'a number that is not negative', value);
}

function path(name: string, value: string | undefined): void {
  if (value === undefined || value.startsWith('/')) return;
  fail(name, 'a path that begins with "/"', value);
}

function fail(name: string, expected: string, value: unknown): never {
  throw new PointsmanError('CONFIG_INVALID', `${name} of the gateway must be ${expected}, not ${String(value)}`);
}
