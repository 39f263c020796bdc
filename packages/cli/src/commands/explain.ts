import { type Command, Option } from 'commander';
import type { ExplainOptions } from '../explain/run-explain.ts';
import { examples } from '../help/examples.ts';
import { countValue, urlValue } from '../help/values.ts';

/** `pointsman explain` */
export function addExplain(program: Command): void {
  program
    .command('explain')
    .summary('say why a request went where it went')
    .description(
      'Explains a recent decision of a running gateway: candidates, who was dropped and why, the scores of every scorer, how far ahead the target was, what would have turned it. Asks the admin listener, or renders what was saved as JSON.',
    )
    .argument('[id]', 'the decision, such as default:42 (default: the newest)')
    .option('-a, --admin <url>', 'admin listener of the gateway', urlValue, 'http://127.0.0.1:9090')
    .option('--token-env <name>', 'environment variable with the token of the admin listener', 'POINTSMAN_ADMIN_TOKEN')
    .addOption(
      new Option('-f, --file <file>', 'render this file in place of asking a gateway; - for standard input').conflicts(
        'admin',
      ),
    )
    .addOption(new Option('--as <form>', 'how it is shown').choices(['table', 'markdown', 'json']).default('table'))
    .option('--json', 'the same as --as json')
    .option('--top <n>', 'candidates to show', countValue, 10)
    .addHelpText(
      'after',
      examples(
        ['The newest decision of the gateway on this machine', 'pointsman explain'],
        [
          'One decision, for an issue or a chat',
          'pointsman explain default:42 --admin http://10.0.0.1:9090 --as markdown',
        ],
      ),
    )
    .action(async (id: string | undefined, options: ExplainOptions) => {
      const { runExplain } = await import('../explain/run-explain.ts');
      await runExplain(id, options);
    });
}
