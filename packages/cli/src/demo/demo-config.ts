import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { parseConfig } from '@pointsman/config';
import { parseDocument } from 'yaml';
import { builtinCatalog } from '../catalog.ts';
import { CommandFailure } from '../command-failure.ts';
import { defaultConfig } from '../gateway/default-config.ts';

/** What routing by scores is compared with. */
export const ROUND_ROBIN = `plugins:
  - type: round-robin-picker
schedulingProfiles:
  - name: default
    plugins:
      - pluginRef: round-robin-picker
`;

/** Routing by what each server's own traffic has taught of its speed. */
export const LEARNED_LATENCY = `plugins:
  - type: approx-prefix-cache-producer
  - type: inflight-load-producer
  - type: expected-latency-scorer
schedulingProfiles:
  - name: default
    plugins:
      - pluginRef: expected-latency-scorer
`;

const HINT = `# The demo's configuration. Edit it while the demo runs, a weight for example: the gateway reloads it by itself.
`;

/**
 * The configuration of the demo: the file if it is there, else the default scorers.
 * @throws ConfigError with everything that is wrong with it
 */
export async function readDemoConfig(file: string): Promise<string> {
  if (!existsSync(file)) return `${HINT}${defaultConfig([])}`;
  const text = await readFile(file, 'utf8');
  await parseConfig(text, { catalog: builtinCatalog(), file });
  return text;
}

/**
 * Writes a configuration with these endpoints in place of its own. The rest, comments too, stays as it is.
 * @throws CommandFailure when the file cannot be written
 */
export async function writeDemoConfig(file: string, text: string, urls: readonly string[]): Promise<void> {
  const document = parseDocument(text);
  const endpoints = urls.map((url, i) => ({
    name: `server-${i + 1}`,
    address: new URL(url).hostname,
    port: Number(new URL(url).port),
  }));
  document.set('endpoints', endpoints);
  await writeFile(file, document.toString()).catch((error: Error) => {
    throw new CommandFailure(`${file} cannot be written: ${error.message}`);
  });
}
