import { createRequire } from 'node:module';
import path from 'node:path';
import { PointsmanError } from '@pointsman/core';

type ZeroMq = typeof import('zeromq');

/** Beside this package, or in the folder that the process was started in. */
const INSTALLED = [createRequire(import.meta.url), createRequire(path.join(process.cwd(), 'package.json'))].map(
  (require) => () => require('zeromq') as ZeroMq,
);

/**
 * Loads the package `zeromq`, at once: so that a missing one is an error of the configuration.
 * @param loaders tried one after the other
 * @throws PointsmanError PLUGIN_FAILED
 */
export function loadZeroMq(plugin: string, loaders: readonly (() => ZeroMq)[] = INSTALLED): ZeroMq {
  let cause: unknown;
  for (const load of loaders) {
    try {
      return load();
    } catch (error) {
      // What one copy failed with says more than that there is no other.
      if (cause === undefined || !isMissing(error)) cause = error;
    }
  }
  const [what, hint] = isMissing(cause)
    ? ['is not installed', 'Run `npm install zeromq@6`.']
    : [`cannot be loaded here: ${String(cause)}`, 'Run `npm rebuild zeromq`.'];
  throw new PointsmanError('PLUGIN_FAILED', `plugin "${plugin}" needs the package zeromq, which ${what}`, {
    plugin,
    hint,
    cause,
  });
}

function isMissing(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === 'MODULE_NOT_FOUND';
}
