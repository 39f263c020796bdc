import type { Command } from 'commander';
import { examples } from '../help/examples.ts';

/** `pointsman schema` */
export function addSchema(program: Command): void {
  program
    .command('schema')
    .summary('print the JSON Schema of the configuration')
    .description(
      'Prints the JSON Schema of configuration files, with the parameters of every plugin. Editors complete and check with it. Plugins that a file imports are in it when the file is named.',
    )
    .option('-c, --config <file>', 'also the plugins that this configuration imports')
    .addHelpText(
      'after',
      examples(
        [
          'For editors that read "# yaml-language-server: $schema=pointsman.schema.json"',
          'pointsman schema > pointsman.schema.json',
        ],
        [
          'With the plugins that a configuration imports',
          'pointsman schema --config pointsman.yaml > pointsman.schema.json',
        ],
      ),
    )
    .action(async ({ config }: { readonly config?: string }) => {
      const { configJsonSchema, loadConfig } = await import('@pointsman/config');
      const { builtinCatalog } = await import('../catalog.ts');
      const builtin = builtinCatalog();
      const catalog = config === undefined ? builtin : (await loadConfig(config, { catalog: builtin })).catalog;
      process.stdout.write(`${JSON.stringify(configJsonSchema(catalog), null, 2)}\n`);
    });
}
