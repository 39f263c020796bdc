import { checkKeys } from '../document/check-keys.ts';
import { poolSchema } from '../document/document-schema.ts';
import { isMapping } from '../document/section-reader.ts';
import { type PoolSurroundings, type ResolvedPool, resolvePool } from './resolve-pool.ts';

const POOL_KEYS = Object.keys(poolSchema.shape);

/** Resolves the pools of a file: those under `pools`, or the sections at its top as the pool `only`. */
export function resolvePools(
  data: Readonly<Record<string, unknown>>,
  only: string,
  surroundings: PoolSurroundings,
): readonly ResolvedPool[] {
  const { reporter } = surroundings;
  const { pools } = data;
  if (pools === undefined) return [resolvePool(only, data, [], surroundings)];
  for (const key of POOL_KEYS) {
    if (data[key] === undefined) continue;
    reporter.error([key], `"${key}" stands in each of \`pools\`, or at the top when there is only one pool`, {
      at: 'key',
    });
  }
  if (!isMapping(pools) || Object.keys(pools).length === 0) {
    reporter.error(['pools'], 'expected a map of pools by name', { expected: 'a map' });
    return [];
  }
  return Object.entries(pools).flatMap(([name, sections]) => {
    const path = ['pools', name];
    if (!isMapping(sections)) {
      reporter.error(path, 'expected a map', { expected: 'a map' });
      return [];
    }
    checkKeys(sections, POOL_KEYS, path, reporter);
    return [resolvePool(name, sections, path, surroundings)];
  });
}
