import type { Command } from 'commander';
import type { DemoOptions } from '../demo/run-demo.ts';
import { examples } from '../help/examples.ts';
import { countValue, positiveValue } from '../help/values.ts';

/** `pointsman demo` */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .summary('see requests routed better than round robin')
    .description(
      'Starts simulated model servers and a gateway as processes, and sends a slice of a recorded conversation trace (Mooncake) through it as real streaming requests: with round robin, with the default scorers, and with a scorer that learns how fast each server is, each time with fresh servers. Prints a comparison and one decision explained. On a terminal it then stays up with light traffic, so that you can watch the live page and edit the configuration; Ctrl-C ends it.',
    )
    .option(
      '-c, --config <file>',
      'configuration to compare with round robin; made if it is not there, and its endpoints are replaced (default: a temporary file)',
    )
    .option('--servers <n>', 'simulated servers', countValue, 8)
    .option('--requests <n>', 'requests of the trace (default: all)', countValue)
    .option(
      '--speed <factor>',
      'how many times faster than recorded (default: 27 for eight servers, in proportion for others)',
      positiveValue,
    )
    .option('--json <file>', 'also write the result as JSON; - for standard output, which then holds nothing else')
    .addHelpText(
      'after',
      examples(
        ['About a minute, then a live page', 'pointsman demo'],
        [
          'Your own scorers against round robin, for a program to read',
          'pointsman demo --config mine.yaml --json result.json',
        ],
      ),
    )
    .action(async (options: DemoOptions) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      await runDemo(options);
    });
}
