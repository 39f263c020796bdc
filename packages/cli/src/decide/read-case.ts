import type { z } from 'zod';
import { CommandFailure } from '../command-failure.ts';
import { type DecideCase, decideCase } from './case.ts';

/**
 * Reads one case.
 * @param where where the text stands, such as `cases.jsonl:3`
 * @throws CommandFailure that names the place and the path of everything that is wrong
 */
export function readCase(text: string, where: string): DecideCase {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CommandFailure(`${where}: not JSON: ${(error as Error).message}`);
  }
  const read = decideCase.safeParse(json);
  if (read.success) return read.data;
  throw new CommandFailure(read.error.issues.map((issue) => `${where}: ${describe(issue)}`).join('\n'));
}

function describe({ path, message }: z.core.$ZodIssue): string {
  const at = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('');
  return at === '' ? message : `${at.replace(/^\./, '')}: ${message}`;
}
