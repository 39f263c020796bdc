import { dirname, resolve } from 'node:path';
import type { PointsmanError } from '@pointsman/core';
import type { z } from 'zod';
import type { PluginCatalog } from './catalog/catalog.ts';
import { importPlugins } from './catalog/import-plugins.ts';
import { checkKeys } from './document/check-keys.ts';
import { DEFAULT_CONFIG } from './document/default-config.ts';
import { API_VERSIONS, documentSchema } from './document/document-schema.ts';
import { type AdminSection, adminSchema, gatewaySchema } from './document/listener-schema.ts';
import { isMapping, readSection, withoutNulls } from './document/section-reader.ts';
import { parseYaml } from './document/yaml-document.ts';
import { effectiveConfig } from './effective-config.ts';
import { fileEndpoints } from './endpoints/file-endpoints.ts';
import type { LoadedConfig } from './loaded-config.ts';
import { ConfigError } from './problems/config-error.ts';
import { describe } from './problems/report-issues.ts';
import { Reporter } from './problems/reporter.ts';
import { admissionSettings } from './resolve/admission-settings.ts';
import { readFeatureGates } from './resolve/feature-gates.ts';
import type { EndpointFileSource } from './resolve/resolve-endpoints.ts';
import { priorityOf, resolveObjectives } from './resolve/resolve-objectives.ts';
import { type ParserReference, resolveParsers } from './resolve/resolve-parsers.ts';
import type { ResolvedPool } from './resolve/resolve-pool.ts';
import { resolvePools } from './resolve/resolve-pools.ts';

/** What a text is read against. */
export interface ParseConfigOptions {
  /** The plugins that there are without `imports`. */
  readonly catalog: PluginCatalog;
  /** Where the text comes from: shown in errors, and relative paths and packages are looked up from its folder. */
  readonly file?: string;
  /** Where relative paths and packages are looked up without a `file`. Default: the working directory. */
  readonly folder?: string;
  /** How files of endpoints are followed. Default: {@link fileEndpoints}. */
  readonly endpointFile?: EndpointFileSource;
  /** What the pool of a text without `pools` is called. Default: `default`. */
  readonly poolName?: string | undefined;
}

const SHAPE = documentSchema.shape;

/**
 * Reads a configuration in YAML or JSON and checks all of it short of creating the plugins. An empty text is what the
 * reference makes of no configuration: queue, KV-cache and prefix scorers.
 * @throws ConfigError with everything that is wrong
 */
export async function parseConfig(text: string, options: ParseConfigOptions): Promise<LoadedConfig> {
  const { file } = options;
  const folder = resolve(file === undefined ? (options.folder ?? '.') : dirname(file));
  const given = parseYaml(text);
  const document = given.data === undefined && given.problems.length === 0 ? parseYaml(DEFAULT_CONFIG) : given;
  const reporter = new Reporter(file ?? 'configuration', document);
  if (reporter.hasProblems) throw new ConfigError(reporter.problems);
  const data = withoutNulls(document.data);
  if (!isMapping(data)) {
    reporter.error([], `expected a map, received ${describe(data)}`, { expected: 'a map' });
    throw new ConfigError(reporter.problems);
  }
  checkKeys(data, Object.keys(SHAPE), [], reporter);
  const section = <K extends keyof typeof SHAPE>(key: K): z.output<(typeof SHAPE)[K]> | undefined =>
    readSection(SHAPE[key] as unknown as z.ZodType<z.output<(typeof SHAPE)[K]>>, [key], data[key], reporter);

  section('kind');
  if (section('apiVersion') === API_VERSIONS[1]) {
    reporter.warn(['apiVersion'], `the group is deprecated; write ${API_VERSIONS[0]}`);
  }
  const featureGates = readFeatureGates(section('featureGates'), ['featureGates'], reporter);
  const imports = section('imports') ?? [];
  const imported = await importPlugins(imports, ['imports'], folder, options.catalog, reporter);
  const { catalog } = imported;
  const objectives = resolveObjectives(data['objectives'], reporter);
  const admission = admissionSettings(
    section('flowControl'),
    section('saturationDetector'),
    featureGates['flowControl'] === true,
    objectives,
    reporter,
  );
  const pools = resolvePools(data, options.poolName ?? 'default', { catalog, folder, reporter, admission });
  const references = parserReferences(section('requestHandler'), section('parser'), reporter);
  const parsers = resolveParsers(
    references,
    pools.map((pool) => pool.plugins),
    catalog,
    reporter,
  );
  const gateway = section('gateway') ?? gatewaySchema.parse({});
  const admin = readAdmin(section('admin'), reporter);
  const recent = section('recent');
  const seed = section('seed');
  if (reporter.hasProblems) throw new ConfigError(reporter.problems);

  const sourceOf: EndpointFileSource = options.endpointFile ?? fileEndpoints;
  return {
    file: file === undefined ? undefined : resolve(file),
    pools: Object.fromEntries(
      pools.map(({ name, graph, endpoints }) => [
        name,
        { ...graph, endpoints: endpoints.file === undefined ? endpoints.list : sourceOf(endpoints.file) },
      ]),
    ),
    parsers: parsers.parsers,
    featureGates,
    gateway,
    admin,
    recent: recent && (Object.fromEntries(Object.entries(recent)) as NonNullable<LoadedConfig['recent']>),
    seed,
    effective: effectiveConfig({
      featureGates,
      imports,
      objectives,
      pools,
      parsers: parsers.names,
      gateway,
      admin,
      recent,
      seed,
    }),
    warnings: reporter.warnings,
    catalog,
    endpointFiles: pools.flatMap(({ endpoints }) => endpoints.file ?? []),
    codeFiles: imported.files,
    priorityOf: (headers) => priorityOf(objectives, headers),
    position: (path) => document.locate(path, 'key'),
    locate: (error) => locate(error, pools, reporter.file, document),
  };
}

function parserReferences(
  handler: z.output<typeof SHAPE.requestHandler>,
  legacy: z.output<typeof SHAPE.parser>,
  reporter: Reporter,
): readonly ParserReference[] {
  const listed = handler?.parsers ?? [];
  if (legacy !== undefined) {
    const effect = listed.length > 0 ? 'it has no effect beside' : 'write';
    reporter.warn(['parser'], `deprecated; ${effect} requestHandler.parsers`, { at: 'key' });
  }
  if (listed.length === 0 && legacy !== undefined) return [{ name: legacy.pluginRef, path: ['parser', 'pluginRef'] }];
  return listed.map(({ pluginRef }, index) => ({
    name: pluginRef,
    path: ['requestHandler', 'parsers', index, 'pluginRef'],
  }));
}

function readAdmin(section: z.output<typeof SHAPE.admin>, reporter: Reporter): AdminSection | false {
  if (section === false) return false;
  const { token, allowedHosts, ...address } = section ?? adminSchema.parse({});
  const open = { ...address, ...(allowedHosts !== undefined && { allowedHosts }) };
  if (token === undefined) return open;
  if (typeof token === 'string') return { ...open, token };
  const value = process.env[token.env];
  if (value === undefined || value === '') {
    reporter.error(['admin', 'token', 'env'], `the environment variable ${token.env} is not set`);
    return false;
  }
  return { ...open, token: value };
}

function locate(
  error: PointsmanError,
  pools: readonly ResolvedPool[],
  file: string,
  document: ReturnType<typeof parseYaml>,
): ConfigError {
  const plugin = pools
    .map(({ plugins }) => (error.plugin === undefined ? undefined : plugins.find(error.plugin)))
    .find((found) => found !== undefined);
  const reporter = new Reporter(file, document);
  reporter.error(plugin?.path ?? [], error.message, { code: error.code, hint: error.hint });
  return new ConfigError(reporter.problems, error);
}
