import { parseArgs } from 'node:util';
import type { Rounds } from './measure/run-case.ts';

export interface BenchOptions extends Rounds {
  /** Cases whose name contains this. */
  readonly case: string;
  /** Of Node in pickers. */
  readonly nodeOptions: readonly string[];
}

export const USAGE = `Options:
  --case TEXT          the cases whose name contains the text, such as "not streamed" or "idle"
  --rounds N           how often each case is measured (default 3)
  --round-ms MS        how long a measurement takes (default 2000)
  --node-options=TEXT  of Node in the pickers, such as "--cpu-prof --cpu-prof-dir=profiles"
  --json FILE          also all figures, as JSON`;

/** @throws Error that says what is wrong with them */
export function benchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      case: { type: 'string', default: '' },
      rounds: { type: 'string', default: '3' },
      'round-ms': { type: 'string', default: '2000' },
      'node-options': { type: 'string', default: '' },
    },
  });
  return {
    case: values.case,
    rounds: positive('--rounds', values.rounds),
    roundMs: positive('--round-ms', values['round-ms']),
    nodeOptions: values['node-options'].split(' ').filter((option) => option !== ''),
  };
}

function positive(name: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`${name} ${text}: expected a whole number from 1 on`);
  return Number(text);
}
