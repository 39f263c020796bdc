import { defineScorer } from '@pointsman/core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { toyCatalog, toyPlugins } from '../../test/toy-plugins.ts';
import { createCatalog } from '../catalog/catalog.ts';
import { parseConfig } from '../parse-config.ts';
import { configJsonSchema } from './json-schema.ts';

interface Tree {
  readonly weight: number;
  readonly children?: readonly Tree[] | undefined;
}
const tree: z.ZodType<Tree, Tree> = z.strictObject({
  weight: z.number(),
  children: z.lazy(() => z.array(tree)).optional(),
});

/** Third-party plugins with schemas that are hard to express. */
const catalog = createCatalog([
  ...toyPlugins,
  defineScorer({ type: 'tree-scorer', params: z.strictObject({ root: tree }), create: () => ({ score: () => 1 }) }),
  defineScorer({
    type: 'hook-scorer',
    params: z.strictObject({ on: z.custom<() => void>(), since: z.date().optional() }),
    create: () => ({ score: () => 1 }),
  }),
]);
const validate = new Ajv2020({ strict: false }).compile(configJsonSchema(catalog));

describe('the schema and the loader agree', () => {
  const accepted = [
    '{ plugins: [{ type: flat-scorer }] }',
    '{ plugins: [{ type: even-scorer, name: x, parameters: { score: 1, nested: { maxAge: 3 } } }] }',
    '{ plugins: [{ type: openai-parser }, { type: file-discovery, parameters: { path: e.yaml, watchFile: true } }, { type: multicluster-file-discovery, parameters: { path: e.yaml } }] }',
    '{ plugins: [{ type: tree-scorer, parameters: { root: { weight: 1, children: [{ weight: 2 }] } } }] }',
    '{ pools: { a: { plugins: [{ type: flat-scorer }], endpoints: ["http://a.example:1"] } } }',
    '{ endpoints: { file: e.yaml }, gateway: { retry: false }, admin: false, seed: x, recent: { decisions: 3 } }',
    '{ endpoints: [{ address: a.example, port: "80" }, { address: "::1", port: 80 }] }',
  ];
  test.each(accepted)('%s is right', async (text) => {
    validate(parse(text));
    expect(validate.errors ?? []).toEqual([]);
    await parseConfig(text, { catalog });
  });

  const refused = [
    '{ plugin: [] }',
    '{ kind: Deployment }',
    '{ plugins: [{ type: nobody }] }',
    '{ plugins: [{ name: x }] }',
    '{ plugins: [{ type: flat-scorer, parameters: { score: high } }] }',
    '{ plugins: [{ type: even-scorer, parameters: { scores: 1 } }] }',
    '{ plugins: [{ type: file-discovery, parameters: {} }] }',
    '{ plugins: [{ type: tree-scorer, parameters: { root: { weight: 1, children: [{ weight: x }] } } }] }',
    '{ pools: { a: { plugins: [{ type: flat-scorer, parameters: { score: 3 } }] } } }',
    '{ pools: { a: { plugin: [] } } }',
    '{ gateway: { port: many } }',
    '{ schedulingProfiles: [{ plugins: [] }] }',
  ];
  test.each(refused)('%s is wrong', async (text) => {
    expect(validate(parse(text))).toBe(false);
    await expect(parseConfig(text, { catalog })).rejects.toThrow();
  });
});

test('every type and alias is offered, with its description', () => {
  const schema = configJsonSchema(toyCatalog);
  const text = JSON.stringify(schema);
  for (const name of toyCatalog.names) expect(text).toContain(JSON.stringify(name));
  expect(text).toContain('Gives everybody the same.');
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
});
