import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from 'type-fest';
import type { LoadedConfig } from '../loaded-config.ts';
import type { ConfigProblem } from '../problems/config-problem.ts';

/** Sections that are read once, when the process starts. */
const SECTIONS = ['gateway', 'admin', 'recent', 'seed', 'parsers'] as const;

/** Where the section stands in the file and in the effective configuration, when it is called otherwise there. */
const KEYS: Readonly<Partial<Record<(typeof SECTIONS)[number], string>>> = { parsers: 'requestHandler' };

/**
 * Keeps what cannot change while the process runs as it was at the start, so that the result says what is at work, and
 * warns of what was changed there.
 */
export function keepRestartSections(next: LoadedConfig, started: LoadedConfig): LoadedConfig {
  const changed = SECTIONS.filter((section) => !isDeepStrictEqual(next[section], started[section]));
  if (changed.length === 0) return next;
  const keys = changed.map((section) => KEYS[section] ?? section);
  const warnings = keys.map(
    (path): ConfigProblem => ({
      file: next.file ?? 'configuration',
      ...next.position([path]),
      path,
      message: 'the section has changed; it takes effect at the next start',
      code: 'CONFIG_INVALID',
    }),
  );
  const kept = <T extends object>(from: T, names: readonly string[]): Partial<T> =>
    Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name))) as Partial<T>;
  return {
    ...next,
    ...kept(started, changed),
    effective: { ...without(next.effective, keys), ...kept(started.effective, keys) } as JsonObject,
    warnings: [...next.warnings, ...warnings],
  };
}

function without(from: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
}
