import { CommanderError } from 'commander';
import { CommandFailure } from './command-failure.ts';
import { ExitCode } from './exit-code.ts';
import { createProgram } from './program.ts';

/**
 * Runs the `pointsman` command: results go to standard output, everything else to standard error.
 * @param args what follows the command's name
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const program = await createProgram(args[0]);
    await program.parseAsync([...args], { from: 'user' });
    return ExitCode.ok;
  } catch (error) {
    // Commander has said what is wrong; help and version are no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    if (error instanceof CommandFailure) {
      if (error.message !== '') process.stderr.write(`pointsman: ${error.message}\n`);
      return error.exitCode;
    }
    process.stderr.write(`pointsman: ${await describe(error)}\n`);
    return ExitCode.failed;
  }
}

/** What was foreseen has a message for people; anything else is a defect, and its stack helps to find it. */
async function describe(error: unknown): Promise<string> {
  // Loaded where it is needed: help and version take half the time.
  const { PointsmanError } = await import('@pointsman/core');
  if (PointsmanError.is(error)) {
    const { message, hint } = error;
    return hint === undefined || message.includes(hint) ? message : `${message}. ${hint}`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
