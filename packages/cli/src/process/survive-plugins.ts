import type { Logger } from '@pointsman/core';

/** What the system calls name that fail when a listener does. */
const LISTENER_CALLS = new Set(['listen', 'bind', 'accept']);

/**
 * Keeps the process alive when a plugin fails outside of every call that could have caught it, such as in a timer of its
 * own. A listener that fails does end it: a picker that nobody reaches is of no use.
 * @returns a function that stops it, and a promise that rejects when a listener failed
 */
export function survivePlugins(log: Logger): { stop(): void; readonly listenerFailed: Promise<never> } {
  let fail!: (error: Error) => void;
  const listenerFailed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  listenerFailed.catch(() => {});
  const onError = (error: unknown) => {
    if (error instanceof Error && LISTENER_CALLS.has((error as NodeJS.ErrnoException).syscall ?? '')) fail(error);
    else log.error('something failed outside of a request', { error: error instanceof Error ? error.stack : error });
  };
  process.on('uncaughtException', onError).on('unhandledRejection', onError);
  return {
    listenerFailed,
    stop: () => {
      process.off('uncaughtException', onError).off('unhandledRejection', onError);
    },
  };
}
