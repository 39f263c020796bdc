import { objectiveOf, type RequestHeaders } from '@pointsman/inference-api';
import { objectiveSchema } from '../document/document-schema.ts';
import { readEntries } from '../document/section-reader.ts';
import type { Reporter } from '../problems/reporter.ts';

/** Priorities by the name of the objective that a request names. */
export type Objectives = ReadonlyMap<string, number>;

/** Priority of a request by the objective that its headers name; 0 for one that is not known. */
export function priorityOf(objectives: Objectives, headers: RequestHeaders): number {
  if (objectives.size === 0) return 0;
  const objective = objectiveOf(headers);
  return objective === undefined ? 0 : (objectives.get(objective) ?? 0);
}

/** Resolves `objectives`. */
export function resolveObjectives(value: unknown, reporter: Reporter): Objectives {
  const objectives = new Map<string, number>();
  for (const { path, entry } of readEntries(objectiveSchema, ['objectives'], value, reporter) ?? []) {
    if (entry === undefined) continue;
    if (objectives.has(entry.name)) {
      reporter.error([...path, 'name'], `two objectives are named "${entry.name}"`, {
        hint: 'Leave one of them out.',
      });
    }
    objectives.set(entry.name, entry.priority);
  }
  return objectives;
}
