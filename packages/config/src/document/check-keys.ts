import type { ConfigPath } from '../problems/config-problem.ts';
import { suggestName } from '../problems/nearest-name.ts';
import type { Reporter } from '../problems/reporter.ts';

/** Objects to keys that nobody knows. */
export function checkKeys(
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  path: ConfigPath,
  reporter: Reporter,
): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    reporter.error([...path, key], `unknown key "${key}"`, {
      at: 'key',
      hint: suggestName(key, known) ?? `Known here: ${known.join(', ')}.`,
    });
  }
}
