import { ExitCode } from './exit-code.ts';

/** Ends the command with a message and an exit code, one of {@link ExitCode} or 128 and a signal. An empty message: everything has been said. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = ExitCode.failed, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
  }
}
