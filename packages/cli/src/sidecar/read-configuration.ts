import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { CommandFailure } from '../command-failure.ts';
import { ExitCode } from '../exit-code.ts';

/**
 * Takes options from `--configuration` or `--configuration-file`: YAML whose members are named as flags are. What the command line
 * says wins.
 * @throws CommandFailure
 */
export function readConfiguration(command: Command): void {
  const { configuration, configurationFile } = command.opts<{ configuration?: string; configurationFile?: string }>();
  const text = configuration ?? (configurationFile === undefined ? undefined : readFile(configurationFile));
  if (text === undefined) return;
  const where = configuration === undefined ? `--configuration-file ${configurationFile}` : '--configuration';
  const members = parseMembers(text, where);
  for (const [name, value] of Object.entries(members)) {
    const option = command.options.find(({ long }) => long === `--${name}`);
    if (option === undefined || name.startsWith('configuration')) {
      throw new CommandFailure(`${where}: there is no option "${name}"`, ExitCode.usage);
    }
    const attribute = option.attributeName();
    if (command.getOptionValueSource(attribute) === 'cli') continue;
    const given = Array.isArray(value) ? value.join(',') : String(value);
    try {
      // A list of the file takes the place of what there was; it does not go on it.
      const read = option.parseArg === undefined ? given : option.parseArg(given, undefined);
      command.setOptionValueWithSource(attribute, read, 'config');
    } catch (error) {
      if (error instanceof CommandFailure) throw error;
      throw new CommandFailure(`${where}: ${name}: ${(error as Error).message}`, ExitCode.usage, error);
    }
  }
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailure(`--configuration-file ${file}: ${(error as Error).message}`, ExitCode.usage, error);
  }
}

function parseMembers(text: string, where: string): Record<string, unknown> {
  let members: unknown;
  try {
    members = parse(text);
  } catch (error) {
    throw new CommandFailure(`${where} is not YAML: ${(error as Error).message}`, ExitCode.usage, error);
  }
  if (members === null || members === undefined) return {};
  if (typeof members === 'object' && !Array.isArray(members)) return members as Record<string, unknown>;
  throw new CommandFailure(`${where} must be a mapping of flags to values`, ExitCode.usage);
}
