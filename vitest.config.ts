import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const folders = '{packages,examples}/*/{src,test}/**';

export default defineConfig({
  // Tests run the packages' sources: no build is needed.
  resolve: { conditions: ['@pointsman/source', 'node'] },
  ssr: { resolve: { conditions: ['@pointsman/source', 'node'] } },
  test: {
    include: [`${folders}/*.test.ts`, '.workspace/*.test.ts'],
    typecheck: {
      enabled: true,
      include: [`${folders}/*.test-d.ts`],
      tsconfig: './tsconfig.json',
      ignoreSourceErrors: true,
    },
    environment: 'node',
    // Many tests wait for processes and sockets: two at a time also where there are two cores only.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
  },
});
