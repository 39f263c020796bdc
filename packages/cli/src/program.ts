import { Command } from 'commander';
import { addDecide } from './commands/decide.ts';
import { addDemo } from './commands/demo.ts';
import { addEpp } from './commands/epp.ts';
import { addExplain } from './commands/explain.ts';
import { addGateway } from './commands/gateway.ts';
import { addSchema } from './commands/schema.ts';
import { addSidecar } from './commands/sidecar.ts';
import { addSim } from './commands/sim.ts';
import { addValidate } from './commands/validate.ts';
import { packageVersion } from './version.ts';

/**
 * The command with all of its subcommands. It never ends the process by itself.
 * @param first what comes first on the command line: a subcommand that is not meant does not load what it needs for its options
 */
export async function createProgram(first?: string): Promise<Command> {
  const program = new Command('pointsman')
    .description('Picks, for every LLM inference request, the model server that should run it.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError(true)
    .showHelpAfterError('Run the command with --help to see what it takes.')
    .configureHelp({ helpWidth: helpWidth() })
    .exitOverride()
    .addHelpText(
      'after',
      `
Try it:
  $ pointsman demo
  $ pointsman gateway --endpoints http://127.0.0.1:8000,http://127.0.0.1:8001

Exit codes: 0 done, 1 failed or found invalid, 2 not understood.
Results go to standard output; logs, progress and errors to standard error.`,
    );
  addGateway(program);
  addEpp(program);
  addSidecar(program);
  await addSim(program, { withOptions: first === undefined || first === 'sim' || first === 'help' });
  for (const add of [addDecide, addValidate, addExplain, addSchema, addDemo]) add(program);
  return program;
}

/** Also where standard output is no terminal, lines stay readable. */
function helpWidth(): number {
  return Math.min(process.stdout.columns ?? 100, 120);
}
