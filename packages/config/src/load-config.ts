import { readText } from './document/read-text.ts';
import type { LoadedConfig } from './loaded-config.ts';
import { type ParseConfigOptions, parseConfig } from './parse-config.ts';
import { ConfigError } from './problems/config-error.ts';

/**
 * Reads a configuration file. An empty file is an error: it is what a write looks like that has not been finished.
 * @throws ConfigError with everything that is wrong; PointsmanError CONFIG_INVALID when the file cannot be read
 */
export async function loadConfig(file: string, options: Omit<ParseConfigOptions, 'file'>): Promise<LoadedConfig> {
  return parseConfigText(await readText(file), file, options);
}

/** Parses what was read from a file. */
export async function parseConfigText(
  text: string,
  file: string,
  options: Omit<ParseConfigOptions, 'file'>,
): Promise<LoadedConfig> {
  if (text.trim() === '') {
    throw new ConfigError([
      { file, line: 1, column: 1, path: '', message: 'the file is empty', code: 'CONFIG_INVALID' },
    ]);
  }
  return parseConfig(text, { ...options, file });
}
