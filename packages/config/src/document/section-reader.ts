import type { z } from 'zod';
import type { ConfigPath } from '../problems/config-problem.ts';
import { reportIssues } from '../problems/report-issues.ts';
import type { Reporter } from '../problems/reporter.ts';

/** Reads one part of the file with its schema. What does not fit is reported, and the part is left out. */
export function readSection<S extends z.ZodType>(
  schema: S,
  path: ConfigPath,
  value: unknown,
  reporter: Reporter,
): z.output<S> | undefined {
  if (value === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  reportIssues(parsed.error.issues, { reporter, path, schema, what: 'key' }, value);
  return undefined;
}

/** Reads a list entry by entry, so that a bad one does not hide what is wrong with the others. */
export function readEntries<S extends z.ZodType>(
  schema: S,
  path: ConfigPath,
  value: unknown,
  reporter: Reporter,
):
  | readonly { readonly path: ConfigPath; readonly raw: unknown; readonly entry: z.output<S> | undefined }[]
  | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    reporter.error(path, 'expected a list', { expected: 'a list' });
    return undefined;
  }
  return value.map((raw, index) => {
    const at = [...path, index];
    if (raw === null || raw === undefined) {
      reporter.error(at, 'the entry is empty');
      return { path: at, raw, entry: undefined };
    }
    return { path: at, raw, entry: readSection(schema, at, raw, reporter) };
  });
}

/** Takes out keys without a value: they mean the same as keys that are not there. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)] as const])),
  );
}

/** True for what YAML calls a map. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
