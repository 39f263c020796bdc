import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
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

const HINT = `# The demo's configuration. Edit it while the demo runs, a weight for example: the gateway reloads it by itself.
`;

/** Where the configuration of the demo comes from: the file if it is there, else the default scorers. */
export async function readDemoConfig(file: string): Promise<string> {
  return existsSync(file) ? readFile(file, 'utf8') : `${HINT}${defaultConfig([])}`;
}

/**
 * Writes a configuration with these endpoints in place of its own. The rest, comments too, stays as it is.
 * @throws CommandFailure when the text is no YAML map, or the file cannot be written
 */
export async function writeDemoConfig(file: string, text: string, urls: readonly string[]): Promise<void> {
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) throw new CommandFailure(`${file}: ${problem.message}`);
  const endpoints = urls.map((url, i) => ({
    name: `server-${i + 1}`,
    address: new URL(url).hostname,
    port: Number(new URL(url).port),
  }));
  try {
    document.set('endpoints', endpoints);
    await writeFile(file, document.toString());
  } catch (error) {
    throw new CommandFailure(`${file} cannot be written: ${(error as Error).message}`);
  }
}
