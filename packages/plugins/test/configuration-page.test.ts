import { readFileSync } from 'node:fs';
import { createCatalog, parseConfig } from '@pointsman/config';
import { describe, expect, test } from 'vitest';
import { builtinPlugins } from '../src/index.ts';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const catalog = createCatalog(builtinPlugins);

describe('docs/configuration.md', () => {
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
