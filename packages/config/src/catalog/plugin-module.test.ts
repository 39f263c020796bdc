import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownTempFolder, tempFolder, writeFiles } from '../../test/temp-folder.ts';
import { loadPluginModule } from './plugin-module.ts';

ownTempFolder();

const said = async (entry: string) => (await loadPluginModule(entry)).exports as Record<string, unknown>;

test('a module that has not changed is the same one', async () => {
  const folder = tempFolder();
  await writeFiles(folder, { 'a.mjs': 'export const it = {};' });
  const first = await said(join(folder, 'a.mjs'));
  await writeFiles(folder, { 'a.mjs': 'export const it = {};' });
  expect((await said(join(folder, 'a.mjs'))).it).toBe(first.it);
});

test('a change in the entry, or in anything that it imports from its own package, is seen', async () => {
  const folder = tempFolder();
  const files = {
    'node_modules/p/package.json': '{ "name": "p", "type": "module", "imports": { "#deep": "./lib/deep.js" } }',
    'node_modules/p/index.js':
      'import { a } from "./lib/a.js"; import { deep } from "#deep"; import { q } from "q";\n' +
      'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);\n' +
      'export const all = [a, deep, require("./c.cjs").c, (await import("./lib/late.js")).late]; export const other = q;',
    'node_modules/p/lib/a.js': 'export const a = 1;',
    'node_modules/p/lib/deep.js': 'export const deep = 1;',
    'node_modules/p/lib/late.js': 'export const late = 1;',
    'node_modules/p/c.cjs': 'exports.c = require("./c2").c;',
    'node_modules/p/c2/package.json': '{ "type": "commonjs" }',
    'node_modules/p/c2/index.js': 'exports.c = 1;',
    'node_modules/q/package.json': '{ "name": "q", "type": "module", "exports": "./q.js" }',
    'node_modules/q/q.js': 'export const q = { state: "shared" };',
  };
  await writeFiles(folder, files);
  const entry = join(folder, 'node_modules/p/index.js');
  const first = await said(entry);
  expect(first.all).toEqual([1, 1, 1, 1]);
  const changes: readonly (readonly [string, string])[] = [
    ['lib/a.js', 'export const a = 2;'],
    ['lib/deep.js', 'export const deep = 2;'],
    ['c2/index.js', 'exports.c = 2;'],
    ['lib/late.js', 'export const late = 2;'],
  ];
  const expected = [1, 1, 1, 1];
  for (const [index, [file, text]] of changes.entries()) {
    await writeFiles(folder, { [`node_modules/p/${file}`]: text });
    expected[index] = 2;
    const next = await said(entry);
    expect(next.all).toEqual(expected);
    // Other packages stay what they were: one instance in the process.
    expect(next.other).toBe(first.other);
  }
});

test('going back to an earlier text gives the earlier module', async () => {
  const folder = tempFolder();
  const entry = join(folder, 'a.mjs');
  await writeFiles(folder, { 'a.mjs': 'export const it = { version: 1 };' });
  const first = await said(entry);
  await writeFiles(folder, { 'a.mjs': 'export const it = { version: 2 };' });
  expect((await said(entry)).it).toEqual({ version: 2 });
  await writeFiles(folder, { 'a.mjs': 'export const it = { version: 1 };' });
  expect((await said(entry)).it).toBe(first.it);
});

test('one that failed to load is loaded when it is mended', async () => {
  const folder = tempFolder();
  const entry = join(folder, 'a.mjs');
  await writeFiles(folder, { 'a.mjs': 'export const it = ;' });
  await expect(loadPluginModule(entry)).rejects.toThrow();
  await writeFiles(folder, { 'a.mjs': 'export const it = 1;' });
  expect((await said(entry)).it).toBe(1);
});

test('modules that import each other are followed once', async () => {
  const folder = tempFolder();
  await writeFiles(folder, {
    'a.mjs': 'import { b } from "./b.mjs"; export const a = () => b;',
    'b.mjs': 'import { a } from "./a.mjs"; export const b = [typeof a];',
  });
  const { files } = await loadPluginModule(join(folder, 'a.mjs'));
  expect(files).toEqual([join(folder, 'a.mjs'), join(folder, 'b.mjs')]);
});

test('a package behind a link, as pnpm lays them out, finds its neighbours after a change', async () => {
  const folder = tempFolder();
  const store = 'node_modules/.pnpm/p@1/node_modules';
  await writeFiles(folder, {
    [`${store}/p/package.json`]: '{ "name": "p", "type": "module" }',
    [`${store}/p/index.js`]: 'import { q } from "@s/q"; export const all = [1, q];',
    [`${store}/@s/q/package.json`]: '{ "name": "@s/q", "type": "module", "exports": "./q.js" }',
    [`${store}/@s/q/q.js`]: 'export const q = {};',
  });
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  await symlink(join(folder, store, 'p'), join(folder, 'node_modules/p'));
  const entry = join(folder, store, 'p/index.js');
  const [, q] = (await said(entry)).all as unknown[];
  await writeFiles(folder, {
    [`${store}/p/index.js`]: 'import { q } from "@s/q"; export const all = [2, q];',
  });
  const [version, same] = (await said(entry)).all as unknown[];
  expect(version).toBe(2);
  expect(same).toBe(q);
});
