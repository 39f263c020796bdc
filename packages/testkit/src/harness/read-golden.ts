import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Reads recorded cases, one JSON object a line. Looks into the folder named by `POINTSMAN_GOLDEN` when it is set.
 * @param file name such as `queue-scorer.jsonl`
 * @param folder where the package keeps its copies, usually `new URL('./golden/', import.meta.url)`
 */
export function readGolden<Case>(file: string, folder: URL): readonly Case[] {
  const elsewhere = process.env['POINTSMAN_GOLDEN'];
  const path =
    elsewhere === undefined || elsewhere === '' ? fileURLToPath(new URL(file, folder)) : join(elsewhere, file);
  if (!existsSync(path)) throw new Error(`there is no recording ${path}`);
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Case);
}
