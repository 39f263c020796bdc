import type { Command } from 'commander';
import { examples } from '../help/examples.ts';

/** `pointsman validate` */
export function addValidate(program: Command): void {
  program
    .command('validate')
    .summary('check configuration files')
    .description(
      'Checks configuration files as a gateway would, without starting anything: syntax, plugin types and parameters, profiles, data that plugins need of each other, files of endpoints. Says everything that is wrong at once, with file, line and column.',
    )
    .argument('<files...>', 'configuration files; - for standard input')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      examples(
        ['Check one file', 'pointsman validate pointsman.yaml'],
        ['Check many in CI, for a program to read', 'pointsman validate --json config/*.yaml'],
      ),
    )
    .action(async (files: readonly string[], options: { readonly json?: boolean }) => {
      const { validate } = await import('../validate.ts');
      await validate(files, { asJson: options.json === true });
    });
}
