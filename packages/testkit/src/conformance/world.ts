import {
  activeModels,
  type DataKey,
  type PluginUse,
  type PromptTokens,
  type RequestInput,
  tokenizedPrompt,
  waitingModels,
} from '@pointsman/core';
import fc from 'fast-check';
import type { ConformanceOptions } from './conformance-options.ts';

/** An endpoint as it is at one moment, with its data by key id. */
export interface WorldEndpoint {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a request brings along. */
export interface WorldRequest {
  readonly input: RequestInput;
  /** Request data by key id. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Everything that a decision depends on. */
export interface World {
  readonly endpoints: readonly WorldEndpoint[];
  readonly request: WorldRequest;
}

const oddNumbers = [
  0,
  -1,
  Number.NaN,
  Infinity,
  -Infinity,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Number.MIN_VALUE,
  2 ** 53,
];

const number = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 100 }) },
  { weight: 3, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(...oddNumbers) },
  { weight: 1, arbitrary: fc.double() },
);

const adapters: fc.Arbitrary<unknown> = fc
  .uniqueArray(fc.constantFrom('base', 'lora-a', 'lora-b', 'lora-c'), { maxLength: 4 })
  .map((names) => new Set(names));

const prompt: fc.Arbitrary<PromptTokens> = fc.array(fc.nat(255), { maxLength: 12 }).map((bytes) => {
  const packed = Uint8Array.from(bytes.flatMap((byte) => [byte, 0, 0, 0]));
  return { packed, count: bytes.length, multimodal: [] };
});

/** Samples of the standard keys that are no numbers. */
const STANDARD: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  [activeModels.id]: adapters,
  [waitingModels.id]: adapters,
  [tokenizedPrompt.id]: fc.record({
    prompts: fc.array(prompt, { maxLength: 3 }),
    cacheSalt: fc.constantFrom('', 'salt'),
  }),
};

/** The keys of the data that a plugin reads and does not write itself. */
export function givenKeys({ definition, params, name }: PluginUse): readonly DataKey[] {
  const written = new Set(definition.writesOf(params, name).map(({ id }) => id));
  const keys = definition.readsOf(params, name).filter(({ id }) => !written.has(id));
  return [...new Map(keys.map((key) => [key.id, key])).values()];
}

function datum(key: DataKey, options: ConformanceOptions): fc.Arbitrary<unknown> | undefined {
  if (key.shape === 'number') return number;
  if (key.shape === 'record') return fc.record(Object.fromEntries(key.fields.map((field) => [field, number])));
  const samples = options.values?.[key.id];
  return samples === undefined ? STANDARD[key.id] : fc.constantFrom(...samples);
}

/** Any part of the data: every key may be absent. */
function dataOf(keys: readonly DataKey[], options: ConformanceOptions): fc.Arbitrary<Record<string, unknown>> {
  const parts = keys.flatMap((key) => {
    const arbitrary = datum(key, options);
    return arbitrary === undefined ? [] : [[key.id, arbitrary] as const];
  });
  return fc.record(Object.fromEntries(parts), { requiredKeys: [] });
}

function texts(samples: Readonly<Record<string, readonly string[]>> = {}): fc.Arbitrary<Record<string, string>> {
  const odd = fc.constantFrom('', ' ', '__proto__', '-', '\u0000', 'x'.repeat(300));
  const parts = Object.entries(samples).map(([name, values]) => {
    const arbitrary = values.length === 0 ? odd : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, odd);
    return [name, arbitrary] as const;
  });
  return fc.record(Object.fromEntries(parts), { requiredKeys: [] }) as fc.Arbitrary<Record<string, string>>;
}

/** Random endpoints; ids are unique. */
export function anyEndpoints(use: PluginUse, options: ConformanceOptions): fc.Arbitrary<readonly WorldEndpoint[]> {
  const keys = givenKeys(use).filter(({ scope }) => scope !== 'request');
  const endpoint = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h').map((name) => `ns/${name}`),
    labels: texts(options.labels),
    data: dataOf(keys, options),
  });
  return fc.uniqueArray(endpoint, { selector: ({ id }) => id, minLength: 1, maxLength: 6 });
}

/** A random request. */
export function anyRequest(use: PluginUse, options: ConformanceOptions): fc.Arbitrary<WorldRequest> {
  const keys = givenKeys(use).filter(({ scope }) => scope === 'request');
  const models = options.models ?? ['base', 'lora-a', ''];
  return fc.record({
    input: fc.record({
      id: fc.constantFrom('r1', 'r2', ''),
      model: fc.constantFrom(...models),
      targetModel: fc.constantFrom(...models),
      headers: texts(options.headers),
      path: fc.constantFrom('', '/v1/completions', '/v1/chat/completions'),
      stream: fc.boolean(),
      priority: fc.constantFrom(0, -1, 1),
      maxOutputTokens: fc.constantFrom(undefined, 0, 1, 100_000),
      payload: fc.constantFrom(...(options.payloads ?? [undefined])),
    }),
    data: dataOf(keys, options),
  });
}
