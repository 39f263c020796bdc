import type { LiveCall } from './live-call.ts';

/** The calls that run now, as a list linked through the calls themselves: adding and deleting allocates nothing. */
export class OpenCalls {
  #newest: LiveCall | undefined;
  size = 0;

  add(call: LiveCall): void {
    call.older = this.#newest;
    if (this.#newest !== undefined) this.#newest.newer = call;
    this.#newest = call;
    this.size++;
  }

  /** The call must be in the list. */
  delete(call: LiveCall): void {
    if (call.older !== undefined) call.older.newer = call.newer;
    if (call.newer !== undefined) call.newer.older = call.older;
    else this.#newest = call.older;
    call.older = undefined;
    call.newer = undefined;
    this.size--;
  }

  list(): readonly LiveCall[] {
    const calls: LiveCall[] = [];
    for (let call = this.#newest; call !== undefined; call = call.older) calls.push(call);
    return calls;
  }
}
