import { ConfigError, createCatalog, parseConfig, unbuiltTypes } from '@pointsman/config';
import { readDifferences, readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { builtinPlugins } from '../src/index.ts';
import { catalogue } from './catalogue.ts';
import { NOT_BUILT } from './not-built.ts';

interface Case {
  readonly id: string;
  readonly type: string;
  readonly params?: unknown;
  readonly expected: { readonly ok: boolean };
}

const folder = new URL('./golden/', import.meta.url);
const cases = readGolden<Case>('plugin-parameters.jsonl', folder);
const differences = readDifferences('plugin-parameters.jsonl', folder);
const catalog = createCatalog(builtinPlugins);
const unbuilt = unbuiltTypes(catalog);

/** Names in another letter case: configuration finds their spelling before a plugin sees them. */
const ONLY_FROM_CONFIGURATION = new Set(['s124']);

/** Whether the parameters are taken: by the plugin, or by the loader for what is no plugin of the engine. */
async function accepts({ id, type, params }: Case): Promise<boolean> {
  const definition = catalogue.get(type);
  if (definition !== undefined && !ONLY_FROM_CONFIGURATION.has(id)) {
    return definition.params.safeParse(params ?? {}).success;
  }
  const text = JSON.stringify({ plugins: [{ type, parameters: params ?? null }] });
  return parseConfig(text, { catalog }).then(
    () => true,
    (error: unknown) => {
      if (ConfigError.is(error)) return false;
      throw error;
    },
  );
}

describe('plugin-parameters.jsonl', () => {
  it('skips no type that is not named as not built', () => {
    const missing = new Set(cases.map(({ type }) => type).filter((type) => unbuilt.has(type)));
    expect([...missing].filter((type) => !NOT_BUILT.includes(type))).toEqual([]);
  });

  it('calls nothing unbuilt that is built: take it off not-built.ts', () => {
    expect(NOT_BUILT.filter((type) => !unbuilt.has(type))).toEqual([]);
  });

  const built = cases.filter(({ type }) => !unbuilt.has(type));
  it.each(built.map((recorded) => [`${recorded.type} ${recorded.id}`, recorded] as const))(
    '%s',
    async (_, recorded) => {
      expect(await accepts(recorded)).toBe(recorded.expected.ok !== differences.has(recorded.id));
    },
  );
});
