/** Why a long-running command ends. */
export type StopReason = 'SIGINT' | 'SIGTERM' | 'stdin';

/**
 * Resolves when the process is asked to end. A second signal ends it at once.
 * @param options.withStdin also when standard input ends, which it does when the process at its other end is gone,
 * however that happened
 */
export function untilStopped({ withStdin }: { readonly withStdin: boolean }): Promise<StopReason> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (reason: StopReason) => {
      // As shells have it: 128 and the number of the signal.
      if (isStopping && reason !== 'stdin') process.exit(reason === 'SIGINT' ? 130 : 143);
      isStopping = true;
      resolve(reason);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    if (!withStdin) return;
    process.stdin.on('end', () => stop('stdin')).on('error', () => stop('stdin'));
    process.stdin.resume();
    // It does not keep alive what has ended for another reason. A file has no `unref`: it ends by itself.
    if ('unref' in process.stdin) process.stdin.unref();
  });
}
