import { type BandQueue, takeInTurn } from './band-queue.ts';
import { IndexedHeap } from './indexed-heap.ts';
import type { WaitingRequest } from './waiting-request.ts';

/** All flows as one: whoever is first by the order of requests goes first, whomever the request belongs to. */
export class StrictQueue implements BandQueue {
  readonly #requests = new IndexedHeap<WaitingRequest>();
  /** How many wait of each flow. */
  readonly #counts = new Map<string, number>();

  get flows(): number {
    return this.#counts.size;
  }

  first(): WaitingRequest | undefined {
    return this.#requests.first();
  }

  add(request: WaitingRequest): void {
    this.#requests.add(request);
    const { fairnessId } = request.facts;
    this.#counts.set(fairnessId, (this.#counts.get(fairnessId) ?? 0) + 1);
  }

  takeAll(): readonly WaitingRequest[] {
    return takeInTurn(this);
  }

  remove(request: WaitingRequest): void {
    this.#requests.remove(request);
    const { fairnessId } = request.facts;
    const left = this.#counts.get(fairnessId)! - 1;
    if (left === 0) this.#counts.delete(fairnessId);
    else this.#counts.set(fairnessId, left);
  }
}
