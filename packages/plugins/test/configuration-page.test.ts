import { readFileSync } from 'node:fs';
import { configJsonSchema, createCatalog, parseConfig } from '@pointsman/config';
import { describe, expect, test } from 'vitest';
import { builtinPlugins } from '../src/index.ts';

const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
const catalog = createCatalog(builtinPlugins);

/** A JSON Schema, as far as it names properties. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
}

/** Names of all properties below, at any depth. */
function namesIn({ properties = {}, anyOf = [] }: Schema): readonly string[] {
  const inner = [...Object.values(properties), ...anyOf].flatMap(namesIn);
  return [...Object.keys(properties), ...inner];
}

describe('docs/configuration.md', () => {
  const { properties = {} } = configJsonSchema(catalog) as Schema;

  test('has a row for every key, and for no other', () => {
    const table = page.slice(page.indexOf('## Keys'), page.indexOf('### Plugins and profiles'));
    const rows = [...table.matchAll(/^\| `([a-zA-Z]+)[`.]/gm)].map((match) => match[1]!);
    const older = ['saturationDetector', 'parser'];
    for (const key of older) expect(table).toContain(`\`${key}\``);
    expect([...rows, ...older].sort()).toEqual(Object.keys(properties).sort());
  });

  test.each(['gateway', 'admin', 'recent'])('names everything that %s may hold', (section) => {
    const names = namesIn(properties[section]!);
    expect(names.length).toBeGreaterThan(1);
    expect(names.filter((name) => !new RegExp(`\\b${name}(:|\`)`).test(page))).toEqual([]);
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
