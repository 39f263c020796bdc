import { readdirSync, readFileSync } from 'node:fs';
import { createCatalog, parseConfig, unbuiltTypes } from '@pointsman/config';
import { expect, test } from 'vitest';
import { builtinPlugins } from '../src/index.ts';
import { goldenVectors, type RecordedCase, type TypeVectors } from './golden-vectors.ts';

const catalog = createCatalog(builtinPlugins);
const unbuilt = unbuiltTypes(catalog);
const all = await goldenVectors(isWaiting);
const built = all.filter(({ type }) => !unbuilt.has(type));

/** Whole profiles and configurations that name what is not built; of configurations the loader says so. */
async function isWaiting({ profile, yaml, expected }: RecordedCase): Promise<boolean> {
  if (yaml === undefined) return profile?.some(({ type }) => unbuilt.has(type)) ?? false;
  return parseConfig(yaml, { catalog }).then(
    () => false,
    () => expected?.ok === true,
  );
}

/** Types of which there is no recording, and what tests them instead. */
const NOT_RECORDED: Readonly<Record<string, string>> = {
  'conditional-decode-filter': 'conversations with the endpoint picker',
  'endpoint-speed-producer': 'our own',
  'expected-latency-scorer': 'our own',
  'flow-control': 'conversations with the endpoint picker, and its laws',
  'multicluster-file-discovery': 'tests of its own, from its documentation',
  'multicluster-metrics-data-source': 'tests of its own, from its documentation',
  'precise-prefix-cache-scorer': 'tests of its own, from its documentation',
  'round-robin-picker': 'our own',
  'sheddable-admitter': 'tests of its configuration',
};

const PAGE = `# Recorded cases

Recordings of llm-d v0.10 decide what is right: the same input has to give the same output, strings and whole numbers exactly,
other numbers to 1e-9. This page counts them by plugin type. It is written and checked by a test; every case that counts as
passed is compared by the tests of a package.

Where a case comes out otherwise, it is on purpose: [Coming from llm-d](coming-from-llm-d.md) says why.

| type | recordings | cases | passed | different on purpose | need what is not built |
| --- | --- | --- | --- | --- | --- |
`;

function row({ type, recordings, vectors, waiting, differences }: TypeVectors): string {
  const reasons = [...differences].map(([why, count]) => `${count}: ${why}`);
  const different = [...differences.values()].reduce((sum, count) => sum + count, 0);
  const name = type.includes(' ') ? type : `\`${type}\``;
  return `| ${name} | ${recordings.join(', ')} | ${vectors} | ${vectors - different - waiting} | ${reasons.join('; ') || '0'} | ${waiting} |`;
}

function notRecordedSection(): string {
  const lines = Object.entries(NOT_RECORDED).map(([type, instead]) => `| \`${type}\` | ${instead} |`);
  return `\n## Not recorded\n\n| type | checked by |\n| --- | --- |\n${lines.join('\n')}\n`;
}

function unbuiltSection(): string {
  const capabilities = [...new Set(unbuilt.values())];
  const lines = capabilities.map((capability) => {
    const types = [...unbuilt].filter(([, each]) => each === capability).map(([type]) => `\`${type}\``);
    return `| ${capability} | ${types.join(', ')} |`;
  });
  return `\n## Not built\n\nTypes of llm-d that this version has not, by the capability that would bring them:\n\n| capability | types |\n| --- | --- |\n${lines.join('\n')}\n`;
}

test('docs/golden-vectors.md says what there is; -u writes it anew', async () => {
  const page = `${PAGE}${built.map(row).join('\n')}\n${notRecordedSection()}${unbuiltSection()}`;
  await expect(page).toMatchFileSnapshot('../../../docs/golden-vectors.md');
});

test('every type of the catalogue was recorded, or is named as not recorded', () => {
  const recorded = new Set(all.map(({ type }) => type));
  const types = [...catalog.definitions.map(({ type }) => type), 'multicluster-file-discovery'];
  expect(types.filter((type) => !recorded.has(type)).toSorted()).toEqual(Object.keys(NOT_RECORDED));
});

test('every recording that is kept is read by a test beside it', () => {
  const packages = new URL('../../', import.meta.url);
  for (const { recordings } of built) {
    for (const recording of recordings) {
      const readers = readdirSync(packages).filter((name) =>
        readsRecording(new URL(`${name}/test/`, packages), recording),
      );
      expect(readers, recording).not.toEqual([]);
    }
  }
});

function readsRecording(folder: URL, recording: string): boolean {
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.ts'))
      .some((file) => readFileSync(new URL(file, folder), 'utf8').includes(recording));
  } catch {
    return false;
  }
}
