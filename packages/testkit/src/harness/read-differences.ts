import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Difference {
  readonly ids: readonly string[];
  readonly why: string;
}

/**
 * Reads which recorded cases come out otherwise on purpose, and why, from `differences.json` in the folder of the recordings.
 * @param file name of the recording such as `queue-scorer.jsonl`
 * @param folder where the package keeps its recordings, usually `new URL('./golden/', import.meta.url)`
 * @returns reasons by the id of the case
 */
export function readDifferences(file: string, folder: URL): ReadonlyMap<string, string> {
  const path = fileURLToPath(new URL('differences.json', folder));
  if (!existsSync(path)) return new Map();
  const byFile = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, readonly Difference[]>>;
  return new Map((byFile[file] ?? []).flatMap(({ ids, why }) => ids.map((id) => [id, why] as const)));
}
