import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const folders = '{packages,examples}/*/{src,test}/**';

const SEEDED = fileURLToPath(new URL('.workspace/fast-check.ts', import.meta.url));

/** These start processes: they get the sources of those bundled. */
const COMMANDS = ['packages/cli/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'];
/** These look at the memory of their process, which therefore is theirs alone. */
const ALONE = ['packages/adapter-http/test/{body-memory,soak}.test.ts'];

/**
 * Test files share a worker, and what they import is loaded once in it: this takes as long as all the tests of a file, or
 * longer. Where a file needs a worker to itself, its project says so.
 */
const project = (name: string, test: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration => ({
  extends: true,
  test: { name, isolate: false, ...test },
});

export default defineConfig({
  // Tests run the packages' sources: no build is needed.
  resolve: { conditions: ['@pointsman/source', 'node'] },
  ssr: { resolve: { conditions: ['@pointsman/source', 'node'] } },
  plugins: [
    {
      // Property tests draw the same values in every run, unless POINTSMAN_SEED says otherwise.
      name: 'seeded-fast-check',
      enforce: 'pre',
      resolveId: (id, importer) => (id === 'fast-check' && importer !== SEEDED ? SEEDED : undefined),
    },
  ],
  test: {
    environment: 'node',
    // Many tests wait for processes and sockets: two at a time also where there are two cores only.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // For machines that are slow, or busy with something else: nothing takes so long by itself.
    testTimeout: 60_000,
    projects: [
      project('commands', { include: COMMANDS, globalSetup: '.workspace/bundle-commands.ts' }),
      project('alone', { include: ALONE, isolate: true }),
      project('rest', {
        include: [`${folders}/*.test.ts`, '.workspace/*.test.ts'],
        exclude: [...COMMANDS, ...ALONE],
        typecheck: {
          enabled: true,
          include: [`${folders}/*.test-d.ts`],
          tsconfig: './.workspace/tsconfig.type-tests.json',
          ignoreSourceErrors: true,
        },
      }),
    ],
  },
});
