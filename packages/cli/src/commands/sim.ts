import type { SimOptionDescriptor } from '@pointsman/testkit/sim';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { examples } from '../help/examples.ts';
import { countValue, positiveOrZeroValue } from '../help/values.ts';
import type { SimRunOptions } from '../sim/run-sim.ts';

/**
 * `pointsman sim`
 * @param options.withOptions whether it gets its options, which the simulated server tells
 */
export async function addSim(program: Command, { withOptions }: { readonly withOptions: boolean }): Promise<void> {
  const command = program
    .command('sim')
    .summary('run simulated model servers')
    .description(
      'Runs simulated model servers: the HTTP API and the metrics of vLLM over a model of its engine (continuous batching, chunked prefill, KV blocks with a prefix cache), at the speed that you choose. Prints one URL a line, and runs until it is interrupted.',
    )
    .option('--count <n>', 'servers, on consecutive ports from --port on', countValue, 1)
    .option('--json', 'print the URLs as one line of JSON')
    .option('--stop-with-stdin', 'end when standard input ends: for programs that start it');
  if (withOptions) {
    const { simOptionDescriptors } = await import('@pointsman/testkit/sim');
    for (const descriptor of simOptionDescriptors) command.addOption(optionOf(descriptor));
  }
  command
    .addHelpText(
      'after',
      examples(
        [
          'Four servers with a prefix cache that need 100 us a prompt token and 20 ms a token',
          'pointsman sim --port 8000 --count 4 --enable-kvcache --prefill-time-per-token 100us --inter-token-latency 20ms',
        ],
        ['One that answers every request with 503', 'pointsman sim --port 8000 --fault error:503'],
      ),
    )
    .action(async (options: SimRunOptions) => {
      const { runSim } = await import('../sim/run-sim.ts');
      await runSim(options);
    });
}

const PLACEHOLDERS: Readonly<Record<SimOptionDescriptor['value'], string>> = {
  text: '<text>',
  number: '<n>',
  boolean: '[true|false]',
  duration: '<duration>',
  list: '<value>',
  'json-list': '<json>',
};

function optionOf({ flag, value, description, default: fallback }: SimOptionDescriptor): Option {
  const isList = value === 'list' || value === 'json-list';
  const more = isList ? ' (may be given more than once)' : '';
  const option = new Option(`--${flag} ${PLACEHOLDERS[value]}`, `${description}${more}`);
  // Checked as a whole by the simulated server, which also fills in the defaults; here they are shown only.
  const shown = defaultText(value, fallback);
  if (shown !== undefined) option.description += ` (default: ${shown})`;
  if (value === 'number') option.argParser(positiveOrZeroValue);
  if (value === 'boolean') option.argParser(booleanValue);
  if (isList) {
    option.argParser((text: string, before: readonly unknown[] = []) => [
      ...before,
      ...(value === 'list' ? text.split(',') : [parseJson(text)]),
    ]);
  }
  return option;
}

function defaultText(value: SimOptionDescriptor['value'], fallback: unknown): string | undefined {
  if (value === 'boolean' || fallback === '' || (Array.isArray(fallback) && fallback.length === 0)) return undefined;
  return value === 'duration' ? `${String(fallback)}ms` : String(fallback);
}

function booleanValue(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('Expected true or false.');
  return text === 'true';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('Expected JSON.');
  }
}
