import { readFileSync } from 'node:fs';
import type { DataKey } from '@pointsman/core';
import * as core from '@pointsman/core';
import { expect, test } from 'vitest';
import { builtinPlugins } from '../src/index.ts';

const page = readFileSync(new URL('../../../docs/data-keys.md', import.meta.url), 'utf8');
const table = page.slice(page.indexOf('## Keys that come with Pointsman'));

/** Written and read by one plugin alone: nobody else can name them. */
const PRIVATE = [
  'PrefixBlockHashes/approx-prefix-cache-producer',
  'PrefixBlockKeys/precise-prefix-cache-producer',
  'best-match/p2p-source-producer',
];

/** Parameters of plugins that need some. */
const PARAMETERS: Readonly<Record<string, object>> = { 'session-id-producer': { headerName: 'x-session-id' } };

/** What a plugin writes; nothing for one that needs parameters that are not among {@link PARAMETERS}. */
function writesOf(definition: (typeof builtinPlugins)[number]): readonly DataKey[] {
  const params = definition.params.safeParse(PARAMETERS[definition.type] ?? {});
  return params.success ? definition.writesOf(params.data, definition.type) : [];
}

const written = builtinPlugins.flatMap((definition) =>
  writesOf(definition).map(({ id, scope, shape, fields }) => ({ id, scope, shape, fields, type: definition.type })),
);

test.each(written.filter(({ id }) => !PRIVATE.includes(id)))('$id is on the page, with who writes it', (key) => {
  const row = table.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${key.id}\``));
  expect(row).toContain(`| \`${key.type}\` |`);
  expect(row).toMatch(new RegExp(`\\| ${key.scope} ${key.shape}s?\\b`));
});

test('every id on the page is written by a built-in plugin', () => {
  const ids = table
    .split('\n')
    .filter((line) => /^\| `/.test(line))
    .flatMap((line) => [...line.split('|')[3]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));
  expect(ids.length).toBeGreaterThan(10);
  expect(ids.filter((id) => !written.some((key) => key.id === id))).toEqual([]);
});

test('every key of core is on the page', () => {
  const keys = Object.entries(core).flatMap(([name, value]) => (isKey(value) ? [name] : []));
  expect(keys).toContain('waitingQueueSize');
  expect(keys.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});

function isKey(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'scope' in value && 'shape' in value;
}
