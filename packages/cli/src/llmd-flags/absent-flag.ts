import { type Command, Option } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { ExitCode } from '../exit-code.ts';

/** A flag of a program of llm-d that asks for something that is not here. */
export interface AbsentFlag {
  readonly name: string;
  /** Why it is refused, and what to do in its place. */
  readonly why: string;
  /** A value that asks for nothing, and is accepted. */
  readonly harmless?: 'false' | 'true' | '0';
}

/** Has a command refuse such flags by name, with the reason. The help does not show them. */
export function refuseFlags(command: Command, flags: readonly AbsentFlag[]): void {
  for (const { name, why, harmless } of flags) {
    const check = (value: string) => {
      if (value === harmless) return;
      throw new CommandFailure(`--${name} cannot be honoured: ${why}`, ExitCode.usage);
    };
    command.addOption(new Option(`--${name} [value]`).preset('true').argParser(check).hideHelp());
  }
}
