import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Tests run the packages' sources: no build is needed.
  resolve: { conditions: ['@pointsman/source', 'module', 'node'] },
  ssr: { resolve: { conditions: ['@pointsman/source', 'module', 'node'] } },
  test: {
    include: ['packages/*/{src,test}/**/*.test.ts', 'examples/*/{src,test}/**/*.test.ts'],
    typecheck: {
      enabled: true,
      include: ['packages/*/{src,test}/**/*.test-d.ts'],
      tsconfig: './tsconfig.json',
      ignoreSourceErrors: true,
    },
    environment: 'node',
    testTimeout: 20_000,
  },
});
