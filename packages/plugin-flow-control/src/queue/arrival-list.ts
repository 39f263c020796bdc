import type { WaitingRequest } from './waiting-request.ts';

/** All waiting requests in the order in which they came: those at its head have waited longest. */
export class ArrivalList {
  #oldest: WaitingRequest | undefined;
  #newest: WaitingRequest | undefined;

  get oldest(): WaitingRequest | undefined {
    return this.#oldest;
  }

  append(request: WaitingRequest): void {
    request.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = request;
    else this.#newest.newer = request;
    this.#newest = request;
  }

  remove(request: WaitingRequest): void {
    const { older, newer } = request;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    request.older = undefined;
    request.newer = undefined;
  }
}
