import type { PluginDefinition } from '@pointsman/core';
import type { z } from 'zod';
import { elementSchemas, objectShapes } from '../document/schema-shape.ts';
import { isMapping } from '../document/section-reader.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import { suggestName } from '../problems/nearest-name.ts';
import { reportIssues } from '../problems/report-issues.ts';
import type { Reporter } from '../problems/reporter.ts';

/**
 * Parameters of a plugin as its schema makes them. Keys match in any case, as in the reference.
 * @returns undefined when they do not fit, which is then reported
 */
export function readParameters(
  definition: PluginDefinition,
  given: unknown,
  path: ConfigPath,
  reporter: Reporter,
): { readonly params: unknown } | undefined {
  const at = [...path, 'parameters'];
  if (given !== undefined && !isMapping(given)) {
    reporter.error(at, `parameters are a map of names and values`, { code: 'PARAMS_INVALID', expected: 'a map' });
    return undefined;
  }
  const schema = definition.params;
  const value = withKnownCase(given ?? {}, schema);
  try {
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const what = `parameter of "${definition.type}":`;
      reportIssues(parsed.error.issues, { reporter, path: at, schema, what }, value);
      return undefined;
    }
    warnOfUnused(value, schema, at, definition.type, reporter);
    return { params: parsed.data };
  } catch (error) {
    reporter.error(at, `the parameters of "${definition.type}" could not be checked: ${String(error)}`, {
      code: 'PARAMS_INVALID',
    });
    return undefined;
  }
}

/** Renames keys that differ from known ones in upper and lower case only. */
function withKnownCase(value: unknown, schema: z.ZodType): unknown {
  if (Array.isArray(value)) {
    const [element] = elementSchemas(schema);
    return element === undefined ? value : value.map((each) => withKnownCase(each, element));
  }
  if (!isMapping(value)) return value;
  const shapes = objectShapes(schema);
  if (shapes.length === 0) {
    const [element] = elementSchemas(schema);
    if (element === undefined) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withKnownCase(inner, element)]));
  }
  const fields: Readonly<Record<string, z.ZodType>> = Object.assign({}, ...shapes.map((shape) => shape.fields));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const known = Object.hasOwn(fields, key)
        ? key
        : Object.keys(fields).find((name) => name.toLowerCase() === key.toLowerCase() && !Object.hasOwn(value, name));
      return known === undefined ? [key, inner] : [known, withKnownCase(inner, fields[known]!)];
    }),
  );
}

/** Plugins that take any parameters (in the reference they ignore them all) would hide a typo otherwise. */
function warnOfUnused(value: unknown, schema: z.ZodType, path: ConfigPath, type: string, reporter: Reporter): void {
  const [shape, ...others] = objectShapes(schema);
  if (shape === undefined || others.length > 0 || !shape.isOpen || !isMapping(value)) return;
  const known = Object.keys(shape.fields);
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    reporter.warn([...path, key], `"${type}" has no parameter "${key}", it is ignored`, {
      at: 'key',
      hint: suggestName(key, known),
    });
  }
}
