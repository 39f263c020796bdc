import type { ConfigPath } from '../problems/config-problem.ts';
import { suggestName } from '../problems/nearest-name.ts';
import type { Reporter } from '../problems/reporter.ts';

/** Switches that the reference has, with their defaults. */
const GATES: Readonly<Record<string, boolean>> = { flowControl: false, haPopulateNonLeaderDatastore: true };

const TRUE = new Set(['1', 't', 'true']);
const FALSE = new Set(['0', 'f', 'false']);

/** Reads `name`, `name=true` and `name=false` as the reference does: the last word on a gate counts. */
export function readFeatureGates(
  entries: readonly string[] | undefined,
  path: ConfigPath,
  reporter: Reporter,
): Readonly<Record<string, boolean>> {
  const gates: Record<string, boolean> = { ...GATES };
  for (const [index, entry] of (entries ?? []).entries()) {
    const at = [...path, index];
    const equals = entry.indexOf('=');
    const gate = (equals < 0 ? entry : entry.slice(0, equals)).trim();
    const value =
      equals < 0
        ? 'true'
        : entry
            .slice(equals + 1)
            .trim()
            .toLowerCase();
    if (!Object.hasOwn(GATES, gate)) {
      reporter.error(at, `unknown feature gate "${gate}"`, { hint: suggestName(gate, Object.keys(GATES)) });
    } else if (!TRUE.has(value) && !FALSE.has(value)) {
      reporter.error(at, `"${value}" is no value for the feature gate "${gate}"`, { expected: 'true or false' });
    } else {
      gates[gate] = TRUE.has(value);
    }
  }
  return gates;
}
