/**
 * An `async` function passes for a synchronous one that returns nothing. What it rejects with would end the process, and
 * what it does comes too late: so the promise is taken as a failure of the call that returned it.
 * @throws TypeError when `result` is a promise
 */
export function refusePromise(result: unknown, what: string): void {
  if (typeof (result as PromiseLike<unknown> | undefined)?.then !== 'function') return;
  Promise.resolve(result).catch(() => {});
  throw new TypeError(`${what} answered a promise; it must be synchronous`);
}
