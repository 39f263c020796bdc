import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { checkLevels } from './check-levels.ts';

const tops: string[] = [];

afterEach(() => {
  for (const top of tops.splice(0)) rmSync(top, { recursive: true });
});

/** A workspace of these files, and what the check says about it. Packages that are not mentioned do not exist. */
function check(files: Record<string, string | object>): string[] {
  const top = mkdtempSync(path.join(tmpdir(), 'pointsman-levels-'));
  tops.push(top);
  const all: Record<string, string | object> = { 'package.json': { devDependencies: { vitest: '4.0.0' } }, ...files };
  for (const [name, content] of Object.entries(all)) {
    const file = path.join(top, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
  return checkLevels(top);
}

function manifest(name: string, fields: object = {}): object {
  return { name: `@pointsman/${name}`, exports: { '.': {}, './package.json': './package.json' }, ...fields };
}

function uses(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`@pointsman/${name}`, 'workspace:^']));
}

test('imports that go down, declared and by name, are in order', () => {
  const problems = check({
    'packages/core/package.json': manifest('core', { dependencies: { eventemitter3: '5.0.4' } }),
    'packages/core/src/index.ts': "import { EventEmitter } from 'eventemitter3';\nexport { x } from './x.ts';",
    'packages/core/src/x.ts': "import { readFile } from 'node:fs/promises';\nexport const x = readFile;",
    'packages/plugin-load/package.json': manifest('plugin-load', {
      dependencies: uses('core'),
      devDependencies: uses('testkit'),
    }),
    'packages/plugin-load/src/index.ts': "export { x } from '@pointsman/core';",
    'packages/plugin-load/src/index.test.ts':
      "import { test } from 'vitest';\nimport { kit } from '@pointsman/testkit';",
    'packages/plugins/package.json': manifest('plugins', { dependencies: uses('plugin-load') }),
    'packages/plugins/src/index.ts': "export * from '@pointsman/plugin-load';",
    'packages/testkit/package.json': manifest('testkit', { dependencies: uses('core') }),
    'packages/testkit/src/index.ts': "export const kit = () => import('@pointsman/core');",
    'examples/first/package.json': { name: 'first', private: true, dependencies: uses('testkit') },
    'examples/first/src/main.ts': "import { kit } from '@pointsman/testkit';",
  });
  expect(problems).toEqual([]);
});

test('imports that go up or sideways are named, in package.json and in every form of import', () => {
  const problems = check({
    'packages/core/package.json': manifest('core', { dependencies: uses('inference-api') }),
    'packages/core/src/a.ts': "// why\nexport type { Body } from '@pointsman/inference-api';",
    'packages/inference-api/package.json': manifest('inference-api'),
    'packages/plugin-a/package.json': manifest('plugin-a', {
      dependencies: uses('core'),
      devDependencies: uses('plugin-b'),
    }),
    'packages/plugin-a/src/a.ts': "export const b = () => import('@pointsman/plugin-b');",
    'packages/plugin-b/package.json': manifest('plugin-b', { dependencies: uses('core') }),
    'packages/plugin-b/src/a.ts': "export type A = import('@pointsman/plugin-a').A;",
  });
  expect(problems).toEqual([
    expect.stringMatching(
      /^packages\/core\/package\.json:8: packages\/core is level 0 .* packages\/inference-api of level 0/,
    ),
    expect.stringMatching(/^packages\/core\/src\/a\.ts:2: packages\/core is level 0/),
    expect.stringMatching(/^packages\/plugin-a\/package\.json:11: packages\/plugin-a is level 1 .* packages\/plugin-b/),
    expect.stringMatching(/^packages\/plugin-a\/src\/a\.ts:1: .* may not use packages\/plugin-b/),
    expect.stringMatching(/^packages\/plugin-b\/src\/a\.ts:1: .* may not use packages\/plugin-a/),
  ]);
});

test('sources may use the testkit in tests only', () => {
  const problems = check({
    'packages/plugin-a/package.json': manifest('plugin-a', { dependencies: uses('testkit') }),
    'packages/plugin-a/src/a.ts': "import { kit } from '@pointsman/testkit';",
    'packages/testkit/package.json': manifest('testkit'),
  });
  expect(problems).toHaveLength(2);
});

test('a package that nobody gave a level is refused', () => {
  expect(check({ 'packages/utils/package.json': manifest('utils') })).toEqual([
    expect.stringMatching(/^packages\/utils\/package\.json: packages\/utils has no level/),
  ]);
});

test('undeclared imports are found; development dependencies serve tests and types', () => {
  const problems = check({
    'packages/core/package.json': manifest('core', { devDependencies: { 'type-fest': '5.0.0', yaml: '2.0.0' } }),
    'packages/core/src/a.ts': [
      "import { parse } from 'yaml';",
      "import type { Simplify } from 'type-fest';",
      "import { z } from 'zod/v4';",
      "import { test } from 'vitest';",
    ].join('\n'),
    'packages/core/src/a.test.ts': "import { test } from 'vitest';\nimport { parse } from 'yaml';\nimport 'fastify';",
    'packages/core/bench/a.bench.ts': "import { bench } from 'vitest';\nimport { B } from '@scope/other/sub';",
  });
  expect(problems).toEqual([
    'packages/core/src/a.test.ts:3: fastify is not a dependency. Add it to devDependencies in packages/core/package.json.',
    'packages/core/src/a.ts:1: yaml is not a dependency. Add it to dependencies in packages/core/package.json.',
    'packages/core/src/a.ts:3: zod is not a dependency. Add it to dependencies in packages/core/package.json.',
    'packages/core/src/a.ts:4: vitest is not a dependency. Add it to dependencies in packages/core/package.json.',
    'packages/core/bench/a.bench.ts:2: @scope/other is not a dependency. Add it to devDependencies in packages/core/package.json.',
  ]);
});

test("another package's insides are out of reach", () => {
  const problems = check({
    'packages/core/package.json': manifest('core'),
    'packages/cli/package.json': manifest('cli', { dependencies: uses('core') }),
    'packages/cli/src/a.ts':
      "import '@pointsman/core/src/index.ts';\nimport '../../core/src/index.ts';\nimport '../package.json';",
  });
  expect(problems).toEqual([
    expect.stringMatching(
      /^packages\/cli\/src\/a\.ts:1: '@pointsman\/core\/src\/index\.ts' is not an export of packages\/core/,
    ),
    expect.stringMatching(/^packages\/cli\/src\/a\.ts:2: '\.\.\/\.\.\/core\/src\/index\.ts' leaves packages\/cli/),
  ]);
});

test('core and plugins use neither the machine clock nor its randomness', () => {
  const ambient = [
    'export const now = Date.now();',
    'export const roll = () => Math.random() + globalThis.performance.now();',
    'setTimeout(() => {}, 1);',
    'export const later = globalThis.setInterval;',
    'export const today = new Date();',
    "import { setTimeout as sleep } from 'node:timers/promises';",
    'export const timers = { setTimeout };',
  ].join('\n');
  const harmless = [
    '// Date.now() and setTimeout',
    "export const text = 'Math.random()';",
    'export const born = new Date(0);',
    'export type Timer = ReturnType<typeof setTimeout>;',
    'export const wait = (clock: Clock) => clock.setTimeout(1);',
    'export interface Clock { setTimeout(delayMs: number): void }',
    'export class Fake { setInterval() {} }',
  ].join('\n');
  const problems = check({
    'packages/core/package.json': manifest('core'),
    'packages/core/src/engine/system-clock.ts': ambient,
    'packages/core/src/ambient.test.ts': ambient,
    'packages/core/src/harmless.ts': harmless,
    'packages/plugin-a/package.json': manifest('plugin-a'),
    'packages/plugin-a/src/ambient.ts': ambient,
    'packages/cli/package.json': manifest('cli'),
    'packages/cli/src/ambient.ts': ambient,
  });
  expect(problems.map((problem) => problem.split('.', 2).join('.'))).toEqual([
    'packages/plugin-a/src/ambient.ts:1: Date',
    'packages/plugin-a/src/ambient.ts:2: Math',
    'packages/plugin-a/src/ambient.ts:2: performance',
    'packages/plugin-a/src/ambient.ts:3: setTimeout in packages/plugin-a',
    'packages/plugin-a/src/ambient.ts:4: setInterval in packages/plugin-a',
    'packages/plugin-a/src/ambient.ts:5: new Date() in packages/plugin-a',
    'packages/plugin-a/src/ambient.ts:6: setTimeout in packages/plugin-a',
    'packages/plugin-a/src/ambient.ts:7: setTimeout in packages/plugin-a',
  ]);
});
