import { defaultParsers, type Parser, reachableParsers } from '@pointsman/inference-api';
import type { PluginCatalog } from '../catalog/catalog.ts';
import { missingCapability, unbuiltMessage } from '../catalog/reference-types.ts';
import { parsersByType } from '../loader-types.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import { suggestName } from '../problems/nearest-name.ts';
import type { Reporter } from '../problems/reporter.ts';
import type { PoolPlugins } from './pool-plugins.ts';

/** The parsers in use. */
export interface ResolvedParsers {
  readonly parsers: readonly Parser[];
  /** Their names, parallel to `parsers`. */
  readonly names: readonly string[];
}

/** A `pluginRef` with its place. */
export interface ParserReference {
  readonly name: string;
  readonly path: ConfigPath;
}

/**
 * Resolves the list of parsers. A reference is the name of a declared parser or the type of one that is not declared;
 * without any, llm-d's default list is used. Parsers that cannot be reached, behind a catch-all, are left out.
 */
export function resolveParsers(
  references: readonly ParserReference[],
  pools: readonly PoolPlugins[],
  catalog: PluginCatalog,
  reporter: Reporter,
): ResolvedParsers {
  if (references.length === 0) return { parsers: defaultParsers, names: defaultParsers.map(({ type }) => type) };
  const nameOf = new Map<Parser, string>();
  const found = references.flatMap(({ name, path }) => {
    const declared = pools.map((plugins) => plugins.find(name)).find((plugin) => plugin !== undefined);
    const parser = declared === undefined ? parsersByType.get(name) : declared.parser;
    if (parser !== undefined) {
      if (!nameOf.has(parser)) nameOf.set(parser, name);
      return [parser];
    }
    if (declared !== undefined) reporter.error(path, `"${name}" is no parser`);
    else if (!pools.some((plugins) => plugins.isRefused(name))) reportUnknownParser(name, path, catalog, reporter);
    return [];
  });
  const parsers = reachableParsers(found);
  for (const { name, path } of references) {
    const parser = found.find((each) => nameOf.get(each) === name);
    if (parser !== undefined && !parsers.includes(parser)) {
      reporter.warn(path, `"${name}" is never used: the parser before it takes every path`);
    }
  }
  return { parsers, names: parsers.map((parser) => nameOf.get(parser) ?? parser.type) };
}

function reportUnknownParser(name: string, path: ConfigPath, catalog: PluginCatalog, reporter: Reporter): void {
  const capability = missingCapability(name, catalog);
  if (capability !== undefined) {
    reporter.error(path, unbuiltMessage(name, capability), { code: 'PLUGIN_NOT_FOUND' });
    return;
  }
  const hint = suggestName(name, parsersByType.keys()) ?? `There are ${[...parsersByType.keys()].join(', ')}.`;
  reporter.error(path, `unknown parser "${name}"`, { code: 'PLUGIN_NOT_FOUND', hint });
}
