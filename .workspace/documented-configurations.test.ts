import { createCatalog, parseConfig } from '@pointsman/config';
import { builtinPlugins } from '@pointsman/plugins';
import { describe, expect, it } from 'vitest';
import { documents } from './documents.ts';

const catalog = createCatalog(builtinPlugins);

/** Samples that say so in their first line are of another kind of file, or name what nobody has installed. */
const isConfiguration = (text: string) => !/^# (illustration|endpoints file)/.test(text);

const samples = documents().flatMap(({ name, text }) =>
  [...text.matchAll(/^```yaml\n([\s\S]*?)^```/gm)]
    .map((match) => ({ where: `${name}:${text.slice(0, match.index).split('\n').length}`, yaml: match[1]! }))
    .filter(({ yaml }) => isConfiguration(yaml)),
);

describe('configurations in the documents', () => {
  it('are found', () => {
    expect(samples.length).toBeGreaterThan(20);
  });

  it.each(samples)('$where loads', async ({ yaml }) => {
    const { warnings } = await parseConfig(yaml, { catalog });
    expect(warnings.filter(({ path }) => path !== 'endpoints')).toEqual([]);
  });
});
