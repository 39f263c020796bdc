import { readFileSync } from 'node:fs';
import { createCatalog, parseConfig } from '@pointsman/config';
import { describe, expect, test } from 'vitest';
import { builtinPlugins } from '../src/index.ts';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const samples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((match) => match[1]!);
const catalog = createCatalog(builtinPlugins);

/** Samples that say so in their first line are of another kind of file, or name what nobody has installed. */
const isConfiguration = (text: string) => !/^# (illustration|endpoints file)/.test(text);

describe('docs/configuration.md', () => {
  test.each(samples.filter(isConfiguration))('sample %# loads without a word about plugins', async (text) => {
    const { warnings } = await parseConfig(text, { catalog });
    expect(warnings.filter(({ path }) => path !== 'endpoints')).toEqual([]);
  });

  test('the samples of errors are what is said', async () => {
    const texts = [
      `apiVersion: llm-d.ai/v1alpha1
kind: EndpointPickerConfig
plugins:
  - type: max-score-picker
    parameters:
      maxNumOfEndpoint: 3
  - type: queue-scorrer
schedulingProfiles:
  - name: default
    plugins:
      - pluginRef: queue
`,
    ];
    for (const text of texts) {
      const error = await parseConfig(text, { catalog, file: 'pointsman.yaml' }).catch((e: unknown) => e);
      expect(page).toContain(`\`\`\`\n${(error as Error).message}\n\`\`\`\n`);
    }
  });
});
