import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toyCatalog } from '../test/toy-plugins.ts';
import { parseConfig } from './parse-config.ts';
import { ConfigError } from './problems/config-error.ts';

const KEYS = [
  'apiVersion',
  'kind',
  'featureGates',
  'plugins',
  'schedulingProfiles',
  'dataLayer',
  'flowControl',
  'requestHandler',
  'saturationDetector',
  'parser',
  'endpoints',
  'pools',
  'gateway',
  'admin',
  'recent',
  'seed',
  'imports',
  'type',
  'name',
  'parameters',
  'pluginRef',
  'weight',
  'sources',
  'extractors',
  'discovery',
  'parsers',
  'address',
  'port',
  'labels',
  'file',
  'path',
  'injectDefaults',
  'retry',
  '__proto__',
  'constructor',
  'toString',
  '',
];
const WORDS = [
  'flat-scorer',
  'warm-scorer',
  'lost-scorer',
  'max-score-picker',
  'every-profile-handler',
  'openai-parser',
  'file-discovery',
  'disagg-profile-handler',
  'flowControl',
  'default',
  'http://a.example:1',
  './nowhere.mjs',
  '__proto__',
  '',
];

/** Everything that has the look of a configuration, and hardly ever is one. */
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(...WORDS),
    fc.constantFrom<unknown>(null, true, false, 0, -1, 0.5, 1e308, 8000),
    fc.string(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 6 }),
  ),
}));

const accepts = async (text: string) => {
  try {
    const { pools } = await parseConfig(text, { catalog: toyCatalog, folder: '/nonexistent' });
    expect(Object.keys(pools).length).toBeGreaterThan(0);
  } catch (error) {
    if (!ConfigError.is(error)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { line, column, message } of error.problems) {
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(message).not.toBe('');
    }
  }
};

test('data of any shape is read, or refused with places', async () => {
  const document = fc.dictionary(fc.constantFrom(...KEYS), value, { minKeys: 1 });
  await fc.assert(
    fc.asyncProperty(document, (data) => accepts(JSON.stringify(data))),
    { numRuns: 300 },
  );
});

test('a text of any kind is read, or refused with places', async () => {
  const scraps = fc.constantFrom(
    '\n',
    '  ',
    '- ',
    ': ',
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '"',
    "'",
    '#',
    '|',
    '>',
    '<<: ',
    '? ',
    '---\n',
    '%',
    '\t',
    '!!set ',
  );
  const text = fc.array(fc.oneof(scraps, fc.constantFrom(...KEYS), fc.constantFrom(...WORDS), fc.string()), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(text, (parts) => accepts(parts.join(''))),
    { numRuns: 300 },
  );
});
