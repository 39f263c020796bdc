import { defineConfig } from 'vitest/config';

const folders = '{packages,examples}/*/{src,test}/**';

export default defineConfig({
  // Tests run the packages' sources: no build is needed.
  resolve: { conditions: ['@pointsman/source', 'module', 'node'] },
  ssr: { resolve: { conditions: ['@pointsman/source', 'module', 'node'] } },
  test: {
    include: [`${folders}/*.test.ts`, '.workspace/*.test.ts'],
    typecheck: {
      enabled: true,
      include: [`${folders}/*.test-d.ts`],
      tsconfig: './tsconfig.json',
      ignoreSourceErrors: true,
    },
    environment: 'node',
    testTimeout: 20_000,
  },
});
