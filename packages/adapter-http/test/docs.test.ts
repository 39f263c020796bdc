import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const page = read('../../../docs/http-gateway.md');
const snippets = [...page.matchAll(/^```js\n([\s\S]*?)^```/gm)].map((match) => match[1]!);

test.each(['fastify', 'hono', 'express'])('the snippet for %s is the file that is type-checked', (name) => {
  const shown = snippets.find((snippet) => snippet.includes(`@pointsman/adapter-http/${name}'`));
  const checked = read(`./${name}-snippet.ts`)
    .replace("'../src/index.ts'", "'@pointsman/adapter-http'")
    .replace(`'../src/${name}.ts'`, `'@pointsman/adapter-http/${name}'`)
    .replace("'./rig/some-scheduler.ts'", "'./scheduler.ts'");
  expect(lines(shown ?? '')).toEqual(lines(checked));
});

/** The formatter puts imports into another order when their paths change. */
function lines(code: string): string[] {
  return code.split('\n').sort();
}
