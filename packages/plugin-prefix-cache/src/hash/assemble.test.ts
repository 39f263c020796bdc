import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import wabt from 'wabt';

it('the assembled module is what its text says (regenerate with `vitest -u`)', async () => {
  const source = new URL('./xxh64-chain.wat', import.meta.url);
  const assembler = await wabt();
  const module = assembler.parseWat('xxh64-chain.wat', readFileSync(source, 'utf8'));
  module.resolveNames();
  module.validate();
  const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64');
  module.destroy();
  await expect(
    [
      '/** `xxh64-chain.wat`, assembled, in base64. Made by `assemble.test.ts`. */',
      `export const XXH64_CHAIN =\n  '${base64}';\n`,
    ].join('\n'),
  ).toMatchFileSnapshot('./xxh64-chain.wasm.ts');
});
