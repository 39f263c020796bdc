import { PointsmanError } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { builtinPlugins } from '../src/index.ts';

/** What has to be there for the rest to be looked at. */
const REQUIRED: Readonly<Record<string, object>> = {
  'by-label': { label: 'a', validValues: ['x'] },
  'endpoint-attribute-filter': {
    attribute: 'a',
    algorithm: { type: 'threshold', threshold: { operator: 'LessThan', value: 1 } },
  },
  'endpoint-attribute-scorer': { attributeKey: 'a', algorithm: { type: 'linear_lower_is_better' } },
  'header-label-affinity-scorer': { headerName: 'x-a', labelKey: 'a' },
  'session-id-producer': { headerName: 'x-session' },
  'priority-holdback-policy': { minCeiling: 0.5 },
  'utilization-filter': { conditions: [{ metric: 'waiting-queue', maxValue: 1 }] },
  'request-attribute-reporter': { attributes: [{ key: { name: 'a' }, expression: '1' }] },
};

/** Take any parameters and mind none, as in the reference. */
const MIND_NONE = [
  'always-disagg-multimodal-decider',
  'always-disagg-pd-decider',
  'dcgm-extractor',
  'models-data-extractor',
  'decode-filter',
  'destination-endpoint-served-verifier',
  'edf-ordering-policy',
  'encode-filter',
  'fcfs-ordering-policy',
  'global-strict-fairness-policy',
  'header-based-testing-filter',
  'kv-cache-utilization-scorer',
  'lora-affinity-scorer',
  'multicluster-kv-cache-utilization-scorer',
  'multicluster-queue-scorer',
  'prefill-filter',
  'queue-scorer',
  'round-robin-fairness-policy',
  'running-requests-size-scorer',
  'single-profile-handler',
  'slo-deadline-ordering-policy',
  'priority-then-time-eviction-order-policy',
  'sheddable-eviction-filter',
];

type JsonType = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null';

/** One of each kind, for parameters that take another. */
const SAMPLES: Readonly<Record<JsonType, unknown>> = {
  string: 'some text',
  number: 7,
  boolean: true,
  object: { some: 'object' },
  array: ['some', 'list'],
  null: null,
};
const EXTREMES = [
  -1,
  -1e300,
  1e300,
  Number.MAX_SAFE_INTEGER + 1,
  Number.NaN,
  Infinity,
  -Infinity,
  '',
  'x'.repeat(1e6),
  '\u0000',
];

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

interface Parameter {
  readonly path: readonly string[];
  readonly types: ReadonlySet<JsonType>;
}

/** Every parameter and part of one, with the kinds of value that it takes. */
function parametersOf({ properties = {} }: JsonSchema, path: readonly string[] = []): readonly Parameter[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const at = [...path, name];
    const types = new Set(typesOf(schema));
    return [...(types.size > 0 ? [{ path: at, types }] : []), ...parametersOf(schema, at)];
  });
}

function typesOf({ type, anyOf = [], enum: values = [], const: constant }: JsonSchema): readonly JsonType[] {
  const named = type === undefined ? [] : [type].flat();
  const known = named.map((name) => (name === 'integer' ? 'number' : name) as JsonType);
  return [
    ...known,
    ...anyOf.flatMap(typesOf),
    ...[...values, ...(constant === undefined ? [] : [constant])].map(kindOf),
  ];
}

function kindOf(value: unknown): JsonType {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : (typeof value as JsonType);
}

function withValue(base: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const fields = (base ?? {}) as Readonly<Record<string, unknown>>;
  return { ...fields, [name]: withValue(fields[name], rest, value) };
}

describe.each(builtinPlugins.map((definition) => [definition.type, definition] as const))('%s', (type, definition) => {
  const base = REQUIRED[type] ?? {};
  const schema = z.toJSONSchema(definition.params, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const parameters = parametersOf(schema);
  const accepts = (params: unknown) => definition.params.safeParse(params).success;

  it('takes what has to be there', () => {
    expect(accepts(base)).toBe(true);
  });

  it('refuses an unknown name', () => {
    expect(accepts({ ...base, 'no-such-parameter': 1 })).toBe(MIND_NONE.includes(type));
    expect(accepts({ ...base, [`x${Object.keys(base)[0] ?? 'y'}`]: 1 })).toBe(MIND_NONE.includes(type));
  });

  it.each([
    ['a text', 'text'],
    ['a number', 5],
    ['a list', []],
    ['true', true],
  ])('refuses %s for its parameters', (_, value) => {
    expect(accepts(value)).toBe(false);
  });

  it.each(parameters.map(({ path, types }) => [path.join('.'), path, types] as const))(
    '%s: refuses values of another kind',
    (_, path, types) => {
      const others = Object.entries(SAMPLES).filter(([kind]) => !types.has(kind as JsonType));
      expect(others.length).toBeGreaterThan(0);
      const taken = others.filter(([, value]) => accepts(withValue(base, path, value))).map(([kind]) => kind);
      expect(taken).toEqual([]);
    },
  );

  it.each(parameters.map(({ path }) => [path.join('.'), path] as const))(
    '%s: negative, huge, empty or no number at all is taken or refused, and nothing else',
    (_, path) => {
      for (const value of EXTREMES) {
        const params = withValue(base, path, value);
        try {
          const use = (definition as unknown as (params: unknown) => { readonly params: unknown })(params);
          expect(hasNoNaN(use.params)).toBe(true);
        } catch (error) {
          expect(PointsmanError.is(error, 'PARAMS_INVALID'), String(error)).toBe(true);
          expect((error as Error).message.length).toBeLessThan(10_000);
        }
      }
    },
  );
});

/** What was taken holds no NaN and nothing infinite: it would be in every score. */
function hasNoNaN(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(hasNoNaN);
}
