import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scorerSource } from '../../test/plugin-source.ts';
import { tempFolder, writeFiles } from '../../test/temp-folder.ts';
import { toyCatalog } from '../../test/toy-plugins.ts';
import { configJsonSchema } from '../document/json-schema.ts';
import { parseConfig } from '../parse-config.ts';
import { ConfigError } from '../problems/config-error.ts';
import { formatProblem } from '../problems/config-problem.ts';

const read = (folder: string, imports: readonly string[], rest = '') =>
  parseConfig(`imports: ${JSON.stringify(imports)}\n${rest}`, {
    catalog: toyCatalog,
    file: join(folder, 'pointsman.yaml'),
  });

async function refusal(folder: string, imports: readonly string[]): Promise<string> {
  const error = await read(folder, imports).then(
    () => new Error('it was accepted'),
    (e: unknown) => e,
  );
  if (!ConfigError.is(error)) throw error;
  return error.problems.map(formatProblem).join('\n').replaceAll(folder, 'HERE');
}

const esm = (name: string, body: string, more = {}) => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({
    name,
    type: 'module',
    exports: { import: './index.js' },
    ...more,
  }),
  [`node_modules/${name}/index.js`]: body,
});

test.each([
  ['a default export', `export default ${scorerSource('gpu-scorer', '1')};`],
  ['a named export', `export const gpu = ${scorerSource('gpu-scorer', '1')}; export const other = 1;`],
  ['a list', `export const plugins = [${scorerSource('gpu-scorer', '1')}];`],
  ['an object of plugins', `export default { gpu: ${scorerSource('gpu-scorer', '1')} };`],
])('a package with %s', async (_what, body) => {
  const folder = tempFolder();
  await writeFiles(folder, esm('@acme/gpu', body));
  const { catalog, pools, codeFiles } = await read(folder, ['@acme/gpu'], 'plugins: [{ type: gpu-scorer }]');
  expect(catalog.find('gpu-scorer')?.kinds).toEqual(['scorer']);
  expect(pools.default?.plugins?.[0]?.definition).toBe(catalog.find('gpu-scorer'));
  expect(codeFiles).toEqual([]);
});

test('packages for CommonJS, files, folders and names without an ending', async () => {
  const folder = tempFolder();
  await writeFiles(folder, {
    'node_modules/old/package.json': JSON.stringify({ name: 'old', main: './main.cjs' }),
    'node_modules/old/main.cjs': `module.exports = { scorer: ${scorerSource('old-scorer', '1')} };`,
    'plugins/file.mjs': `export default ${scorerSource('file-scorer', '1')};`,
    'plugins/folder/index.cjs': `exports.scorer = ${scorerSource('folder-scorer', '1')};`,
    'plugins/folder/package.json': '{ "main": "./index.cjs" }',
  });
  const { catalog, codeFiles } = await read(folder, ['old', './plugins/file.mjs', './plugins/folder']);
  expect(['old-scorer', 'file-scorer', 'folder-scorer'].filter((type) => catalog.find(type) === undefined)).toEqual([]);
  expect(codeFiles.map((file) => file.replace(folder, ''))).toEqual(['/plugins/file.mjs', '/plugins/folder/index.cjs']);
});

test('parameters of a package are checked like others, and are in the JSON Schema', async () => {
  const folder = tempFolder();
  // Its own copy of zod, as npm may install it.
  const zod = dirname(fileURLToPath(import.meta.resolve('zod/package.json')));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(zod, join(folder, 'node_modules/zod'));
  const definition = scorerSource('zone-scorer', '1').replace(
    /params: .*/,
    'params: z.strictObject({ zone: z.string(), penalty: z.number().default(0.5) }),',
  );
  await writeFiles(folder, esm('zone', `import { z } from 'zod';\nexport default ${definition};`));
  const { effective, catalog } = await read(
    folder,
    ['zone'],
    'plugins: [{ type: zone-scorer, parameters: { zone: a } }]',
  );
  expect(effective).toMatchObject({
    pools: { default: { plugins: [{ parameters: { zone: 'a', penalty: 0.5 } }, {}, {}] } },
  });
  expect(JSON.stringify(configJsonSchema(catalog))).toContain('"penalty"');
  const problem = await read(folder, ['zone'], 'plugins: [{ type: zone-scorer, parameters: { zon: a } }]').catch(
    (error: unknown) => error,
  );
  expect(String(problem)).toContain('unknown parameter of "zone-scorer": "zon". Did you mean "zone"?');
});

test('one that is not installed', async () => {
  const folder = tempFolder();
  expect(await refusal(folder, ['@acme/missing/deep'])).toBe(
    'HERE/pointsman.yaml:1:11 imports[0]: the package "@acme/missing/deep" is not installed. ' +
      'Run `npm install @acme/missing` in HERE.',
  );
  expect(await refusal(folder, ['./missing.mjs'])).toBe(
    'HERE/pointsman.yaml:1:11 imports[0]: there is no module "./missing.mjs". Paths are relative to HERE.',
  );
});

test('one that was built for another contract', async () => {
  const folder = tempFolder();
  await writeFiles(folder, {
    ...esm('future', `export default ${scorerSource('future-scorer', '1', 2)};`),
    ...esm('past', `export default ${scorerSource('past-scorer', '1', 'undefined')};`),
  });
  expect(await refusal(folder, ['future', 'past'])).toBe(
    'HERE/pointsman.yaml:1:11 imports[0]: "future-scorer" of "future" was built for contract 2; this version speaks 1. ' +
      'Install a version of the plugin that fits this version of @pointsman/core.\n' +
      'HERE/pointsman.yaml:1:20 imports[1]: "past-scorer" of "past" was built for no known contract; this version speaks 1. ' +
      'Install a version of the plugin that fits this version of @pointsman/core.',
  );
});

test('one with nothing that is a plugin, or with half of one', async () => {
  const folder = tempFolder();
  await writeFiles(folder, {
    ...esm('nothing', 'export const answer = 42; export default { type: "no" };'),
    ...esm('half', 'export default { contract: 1, type: "half", kinds: ["scorer"], create() {} };'),
  });
  const hint = 'A plugin is what a define... function of @pointsman/core returns.';
  expect(await refusal(folder, ['nothing', 'half'])).toBe(
    `HERE/pointsman.yaml:1:11 imports[0]: "nothing" exports no plugin. ${hint}\n` +
      `HERE/pointsman.yaml:1:21 imports[1]: "half" of "half" is no complete plugin. ${hint}`,
  );
});

test('one that throws when it is loaded', async () => {
  const folder = tempFolder();
  await writeFiles(folder, { 'broken.mjs': 'throw new Error("no GPU here");', 'syntax.mjs': 'export default {' });
  const said = await refusal(folder, ['./broken.mjs', './syntax.mjs']);
  expect(said).toContain('imports[0]: "./broken.mjs" could not be loaded: no GPU here');
  expect(said).toContain('imports[1]: "./syntax.mjs" could not be loaded: ');
});

test('a type that is taken', async () => {
  const folder = tempFolder();
  await writeFiles(folder, {
    'a.mjs': `export default ${scorerSource('flat-scorer', '1')};`,
    'b.mjs': `export default ${scorerSource('b-scorer', '1')};`,
    'c.mjs': `export default ${scorerSource('b-scorer', '0')};`,
    'd.mjs': `export default ${scorerSource('openai-parser', '0')};`,
  });
  expect(await refusal(folder, ['./a.mjs', './b.mjs', './c.mjs', './d.mjs'])).toBe(
    'HERE/pointsman.yaml:1:11 imports[0]: "./a.mjs" brings the plugin type "flat-scorer", which this version has already. ' +
      'A type belongs to one package.\n' +
      'HERE/pointsman.yaml:1:31 imports[2]: "./c.mjs" brings the plugin type "b-scorer", which "./b.mjs" has already. ' +
      'A type belongs to one package.\n' +
      'HERE/pointsman.yaml:1:41 imports[3]: "./d.mjs" brings the plugin type "openai-parser", which this version has already. ' +
      'A type belongs to one package.',
  );
});
