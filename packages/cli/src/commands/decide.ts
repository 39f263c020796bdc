import type { Command } from 'commander';
import type { DecideOptions } from '../decide/run-decide.ts';
import { examples } from '../help/examples.ts';

/** `pointsman decide` */
export function addDecide(program: Command): void {
  program
    .command('decide')
    .summary('say what the scheduler would do, without a network')
    .description(
      'Says where a request would go, and why. The state is JSON: `endpoints` with `id`, `labels`, `metrics` and `attributes`, and a `request`. Nothing is fetched and nothing is sent. With --jsonl each line is one case, which may bring a `config` of its own; what the scheduler learns stays from line to line as long as the configuration is the same.',
    )
    .option('-c, --config <file>', 'configuration of cases that bring none')
    .option('-s, --state <file>', 'file with the case, or with the cases (default: standard input)')
    .option('--jsonl', 'one case a line in, one answer a line out')
    .option('--json', 'print JSON to a terminal too (elsewhere it is JSON anyway)')
    .addHelpText(
      'after',
      examples(
        ['One state', 'pointsman decide --config pointsman.yaml --state state.json'],
        [
          'A conversation: does the second request go where the first one went?',
          'pointsman decide --config pointsman.yaml --jsonl < conversation.jsonl',
        ],
      ),
    )
    .action(async (options: DecideOptions) => {
      const { runDecide } = await import('../decide/run-decide.ts');
      await runDecide(options);
    });
}
