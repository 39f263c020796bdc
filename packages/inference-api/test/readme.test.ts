import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

test('the snippet of the README is the file that is type-checked', () => {
  const snippet = /```ts\n([\s\S]*?)```/.exec(read('../README.md'))?.[1];
  const checked = read('./readme-snippet.ts');
  expect(snippet?.replace('@pointsman/inference-api', '../src/index.ts')).toBe(checked);
});
