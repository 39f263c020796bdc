import { type BandQueue, takeInTurn } from './band-queue.ts';
import { IndexedHeap } from './indexed-heap.ts';
import type { WaitingRequest } from './waiting-request.ts';

/** The waiting requests of one fairness id, and its neighbours in the round. */
class Flow {
  readonly requests = new IndexedHeap<WaitingRequest>();
  before: Flow | undefined;
  after: Flow | undefined;
}

/**
 * Flows take turns, one request each. A flow that begins to wait comes last in the round, and one of which nobody waits any
 * more is forgotten: so names that clients make up cost nothing once their requests are gone.
 */
export class RoundRobinQueue implements BandQueue {
  readonly #byId = new Map<string, Flow>();
  #next: Flow | undefined;
  #last: Flow | undefined;

  get flows(): number {
    return this.#byId.size;
  }

  first(): WaitingRequest | undefined {
    return this.#next?.requests.first();
  }

  add(request: WaitingRequest): void {
    const { fairnessId } = request.facts;
    let flow = this.#byId.get(fairnessId);
    if (flow === undefined) {
      flow = new Flow();
      this.#byId.set(fairnessId, flow);
      this.#enter(flow);
    }
    flow.requests.add(request);
  }

  takeAll(): readonly WaitingRequest[] {
    return takeInTurn(this);
  }

  remove(request: WaitingRequest, isServed: boolean): void {
    const { fairnessId } = request.facts;
    const flow = this.#byId.get(fairnessId)!;
    flow.requests.remove(request);
    const isEmpty = flow.requests.size === 0;
    if (isEmpty) this.#byId.delete(fairnessId);
    if (isEmpty || isServed) this.#leave(flow);
    if (!isEmpty && isServed) this.#enter(flow);
  }

  /** Comes last in the round. */
  #enter(flow: Flow): void {
    flow.before = this.#last;
    if (this.#last === undefined) this.#next = flow;
    else this.#last.after = flow;
    this.#last = flow;
  }

  #leave(flow: Flow): void {
    const { before, after } = flow;
    if (before === undefined) this.#next = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    flow.before = undefined;
    flow.after = undefined;
  }
}
