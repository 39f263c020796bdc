import type { z } from 'zod';
import { knownKeys } from '../document/schema-shape.ts';
import type { ConfigPath } from './config-problem.ts';
import { suggestName } from './nearest-name.ts';
import type { Reporter } from './reporter.ts';

type Issue = z.core.$ZodIssue;

/**
 * Says what a schema objects to, each at its place in the file.
 * @param path where `value` stands in the file
 * @param what what a key is called in messages, such as `parameter`
 */
export function reportIssues(
  issues: readonly Issue[],
  where: { readonly reporter: Reporter; readonly path: ConfigPath; readonly schema: z.ZodType; readonly what: string },
  value: unknown,
): void {
  const { reporter, path, schema, what } = where;
  for (const issue of issues.flatMap(decided)) {
    const at = [...path, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(schema, issue.path);
      for (const key of issue.keys) {
        reporter.error([...at, key], `unknown ${what} "${key}"`, {
          at: 'key',
          hint: suggestName(key, known) ?? (known.length > 0 ? `Known here: ${known.join(', ')}.` : undefined),
        });
      }
      continue;
    }
    const found = valueAt(value, issue.path);
    const received = describe(found);
    const expected = expectedBy(issue);
    if (found === undefined && MISSING.has(issue.code)) {
      reporter.error(at, 'is missing', { expected, received });
    } else if (issue.code === 'invalid_value' && typeof found === 'string') {
      const options = issue.values.map(String);
      reporter.error(at, `expected ${expected}, received ${received}`, {
        expected,
        received,
        hint: suggestName(found, options),
      });
    } else if (expected !== undefined) {
      reporter.error(at, `expected ${expected}, received ${received}`, { expected, received });
    } else {
      reporter.error(at, lowered(issue.message), { received });
    }
  }
}

/** What a schema says of a value that is not there. */
const MISSING: ReadonlySet<string> = new Set(['invalid_type', 'invalid_value', 'invalid_union']);

/** Of a choice that failed, what the likeliest alternative objects to: the one that got furthest. */
function decided(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  // An alternative such as `false` objects to a map as a whole, in as few words as the map to one wrong value in it.
  const within = issue.errors.filter((errors) => !rejectsAll(errors, ['invalid_type', 'invalid_value']));
  const branches = within.length > 0 ? within : issue.errors.filter((errors) => !rejectsAll(errors, ['invalid_type']));
  if (branches.length === 0) return [issue];
  const best = branches.reduce((a, b) => (weight(b) < weight(a) ? b : a));
  return best.flatMap((inner) => decided({ ...inner, path: [...issue.path, ...inner.path] }));
}

function rejectsAll(errors: readonly Issue[], codes: readonly Issue['code'][]): boolean {
  return errors.some(({ path, code }) => path.length === 0 && codes.includes(code));
}

function weight(errors: readonly Issue[]): number {
  return errors.reduce((sum, error) => sum + (error.code === 'unrecognized_keys' ? 10 * error.keys.length : 1), 0);
}

function expectedBy(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return nameOf(issue.expected);
    case 'invalid_value':
      return issue.values.length === 1
        ? JSON.stringify(issue.values[0])
        : `one of ${issue.values.map((option) => JSON.stringify(option)).join(', ')}`;
    case 'too_small':
      return bound(issue.origin, issue.inclusive === false ? 'more than' : 'at least', Number(issue.minimum));
    case 'too_big':
      return bound(issue.origin, issue.inclusive === false ? 'less than' : 'at most', Number(issue.maximum));
    case 'invalid_union': {
      const types = issue.errors.flatMap((errors) =>
        errors.flatMap((e) => (e.code === 'invalid_type' && e.path.length === 0 ? nameOf(e.expected) : [])),
      );
      return types.length === 0 ? undefined : [...new Set(types)].join(' or ');
    }
    default:
      return undefined;
  }
}

function bound(origin: string, relation: string, limit: number): string {
  if (origin === 'string') return `text of ${relation} ${limit} characters`;
  if (origin === 'array' || origin === 'set') return `${relation} ${limit} entries`;
  return `${relation} ${limit}`;
}

function nameOf(type: string): string {
  switch (type) {
    case 'object':
    case 'record':
      return 'a map';
    case 'array':
      return 'a list';
    case 'string':
      return 'text';
    case 'int':
      return 'a whole number';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return type;
  }
}

/** What a value is, for people. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string')
    return `text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value)}`;
  return String(value);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<PropertyKey, unknown>)[step];
  }
  return current;
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
