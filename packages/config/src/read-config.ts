import type { ConfigSource } from './config-source.ts';
import { readText } from './document/read-text.ts';
import { parseConfigText } from './load-config.ts';
import type { LoadedConfig } from './loaded-config.ts';
import { type ParseConfigOptions, parseConfig } from './parse-config.ts';

/** Reads a configuration from wherever it comes. @throws ConfigError, PointsmanError CONFIG_INVALID */
export async function readConfig(
  source: ConfigSource,
  options: Pick<ParseConfigOptions, 'catalog' | 'endpointFile' | 'poolName'>,
): Promise<LoadedConfig> {
  if (source.file !== undefined) return parseConfigText(await readText(source.file), source.file, options);
  return parseConfig(source.text, { ...options, ...(source.folder !== undefined && { folder: source.folder }) });
}
