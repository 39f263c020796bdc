import type { Server } from 'node:net';
import type { Logger } from '@pointsman/core';
import { CommandFailure } from '../command-failure.ts';
import { ExitCode } from '../exit-code.ts';

/** What a command that runs on does about failures that no call could have caught. */
export interface Survival {
  /** Resolves, with the reason, when a listener has failed. */
  readonly listenerFailed: Promise<CommandFailure>;
  /** Lets a listener that listens already be called by its name when it fails. */
  watch(what: string, listener: Server): void;
  stop(): void;
}

/**
 * Keeps the process alive when a plugin fails outside of every call that could have caught it, such as in a timer of its
 * own. A listener that fails is another matter: what nobody reaches is of no use, and somebody has to start it anew.
 */
export function survivePlugins(log: Logger): Survival {
  let hasFailed = false;
  let resolve!: (failure: CommandFailure) => void;
  const listenerFailed = new Promise<CommandFailure>((settle) => {
    resolve = settle;
  });
  const failed = (what: string, error: Error) => {
    // A socket that cannot accept says so again and again.
    if (hasFailed) return;
    hasFailed = true;
    log.error('a listener failed', { listener: what, error: error.message });
    resolve(new CommandFailure(`${what} cannot take connections any more: ${error.message}`, ExitCode.failed, error));
  };
  const onError = (error: unknown) => {
    if (isAcceptError(error)) failed('a listener', error);
    else log.error('something failed outside of a request', { error: error instanceof Error ? error.stack : error });
  };
  process.on('uncaughtException', onError).on('unhandledRejection', onError);
  return {
    listenerFailed,
    watch: (what, listener) => void listener.on('error', (error) => failed(`the ${what}`, error)),
    stop: () => {
      process.off('uncaughtException', onError).off('unhandledRejection', onError);
    },
  };
}

/**
 * Whether the system refuses to accept connections for a listener that nobody watches. Failures to listen are not among
 * them: who starts a listener hears of those, and a plugin's own are its own affair.
 */
function isAcceptError(error: unknown): error is Error {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'accept';
}
