import { parseArgs } from 'node:util';
import type { Rounds } from './measure/run-case.ts';

export interface BenchOptions extends Rounds {
  /** Cases whose name contains this. */
  readonly case: string;
  /** Those of the setups of a case that are measured. Empty: all. */
  readonly setups: readonly string[];
  /** Of Node in pickers. */
  readonly nodeOptions: readonly string[];
}

const USAGE = `Options:
  --case TEXT          the cases whose name contains the text, such as "not streamed" or "idle"
  --setups NAMES       only these, such as "fixed,recommended"
  --rounds N           how often each case is measured (default 3)
  --round-ms MS        how long a measurement takes (default 2000)
  --node-options=TEXT  of Node in the pickers, such as "--cpu-prof --cpu-prof-dir=profiles"
  --json FILE          also all figures, as JSON`;

/** @throws Error that says what is wrong with them, and which there are */
export function benchOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  return {
    case: values.case,
    setups: words(values.setups, ','),
    rounds: positive('--rounds', values.rounds),
    roundMs: positive('--round-ms', values['round-ms']),
    nodeOptions: words(values['node-options'], ' '),
  };
}

function words(text: string, separator: string): readonly string[] {
  return text.split(separator).filter((word) => word !== '');
}

function positive(name: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`${name} ${text}: expected a whole number from 1 on`);
  return Number(text);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        case: { type: 'string', default: '' },
        setups: { type: 'string', default: '' },
        rounds: { type: 'string', default: '3' },
        'round-ms': { type: 'string', default: '2000' },
        'node-options': { type: 'string', default: '' },
      },
    }).values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
  }
}
