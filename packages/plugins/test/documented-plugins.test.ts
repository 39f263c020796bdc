import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createCatalog, createConfiguredScheduler } from '@pointsman/config';
import { describe, expect, it } from 'vitest';
import { builtinPlugins } from '../src/index.ts';

const docs = new URL('../../../docs/', import.meta.url);
const pages = new URL('plugins/', docs);
const catalog = createCatalog(builtinPlugins);

/** The configurations in a plugin's page. */
function examplesOf(type: string): string[] {
  const page = readFileSync(new URL(`${type}.md`, pages), 'utf8');
  return [...page.matchAll(/^```yaml\n(.*?)^```$/gms)]
    .map((match) => match[1]!)
    .filter((text) => text.includes('kind:'));
}

it('finds examples', () => {
  expect(examplesOf('queue-scorer').length).toBeGreaterThan(0);
});

it('there is a page for each plugin, and no other', () => {
  const names = readdirSync(pages).map((file) => file.replace(/\.md$/, ''));
  expect(names.sort()).toEqual(builtinPlugins.map(({ type }) => type).sort());
});

it('docs/README.md lists each plugin with what it does', () => {
  const index = readFileSync(new URL('README.md', docs), 'utf8');
  const rows = builtinPlugins.map(({ type, description }) => `| [\`${type}\`](plugins/${type}.md) | ${description} |`);
  expect(rows.filter((row) => !index.includes(row))).toEqual([]);
});

const documented = builtinPlugins.filter(({ type }) => existsSync(new URL(`${type}.md`, pages)));

describe.each(documented.map(({ type }) => [type]))('docs/plugins/%s.md', (type) => {
  it('shows only configurations that load, with the plugin in them', async () => {
    for (const text of examplesOf(type)) {
      await using configured = await createConfiguredScheduler({ catalog, text });
      const plugins = configured.scheduler.pools.get('default')!.plugins();
      expect(plugins.map((plugin) => plugin.type)).toContain(type);
    }
  });
});
