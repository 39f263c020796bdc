import type { Clock } from '@pointsman/core';
import type { ProgramTable } from '../programs/program-table.ts';
import type { BandQueue } from './band-queue.ts';
import { IndexedHeap } from './indexed-heap.ts';
import type { WaitingRequest } from './waiting-request.ts';

/**
 * It is the turn of the program that has got least so far, or whose first request has waited longest: both are brought to
 * 0..1 over those of which somebody waits, and weighed. Each look costs O(programs of which somebody waits).
 */
export class ProgramAwareQueue implements BandQueue {
  readonly #clock: Clock;
  readonly #programs: ProgramTable;
  readonly #byId = new Map<string, IndexedHeap<WaitingRequest>>();
  /** Of the programs in the order of the map; kept, so that no look makes new ones. */
  readonly #services: number[] = [];
  readonly #waits: number[] = [];

  constructor(clock: Clock, programs: ProgramTable) {
    this.#clock = clock;
    this.#programs = programs;
  }

  get flows(): number {
    return this.#byId.size;
  }

  first(): WaitingRequest | undefined {
    const now = this.#clock.now();
    const [services, waits] = [this.#services, this.#waits];
    services.length = 0;
    waits.length = 0;
    for (const [id, requests] of this.#byId) {
      services.push(this.#programs.serviceOf(id, now));
      waits.push(Math.trunc(now - requests.first()!.since));
    }
    const { lasWeightHeadWait, lasWeightService } = this.#programs.params;
    const [servicesIn, waitsIn] = [rangeOf(services), rangeOf(waits)];
    let best: WaitingRequest | undefined;
    let bestScore = Number.NEGATIVE_INFINITY;
    let i = 0;
    for (const requests of this.#byId.values()) {
      const head = requests.first()!;
      const score =
        lasWeightService * (1 - within(servicesIn, services[i]!)) + lasWeightHeadWait * within(waitsIn, waits[i]!);
      i++;
      if (score < bestScore || (score === bestScore && best!.sequence < head.sequence)) continue;
      best = head;
      bestScore = score;
    }
    return best;
  }

  add(request: WaitingRequest): void {
    const { fairnessId } = request.facts;
    let requests = this.#byId.get(fairnessId);
    if (requests === undefined) {
      requests = new IndexedHeap();
      this.#byId.set(fairnessId, requests);
    }
    requests.add(request);
  }

  remove(request: WaitingRequest): void {
    const { fairnessId } = request.facts;
    const requests = this.#byId.get(fairnessId)!;
    requests.remove(request);
    if (requests.size === 0) this.#byId.delete(fairnessId);
  }

  /** In the order in which they came: whose turn it will be is not known before. */
  takeAll(): readonly WaitingRequest[] {
    const all: WaitingRequest[] = [];
    for (const requests of this.#byId.values()) {
      for (let request = requests.first(); request !== undefined; request = requests.first()) {
        requests.remove(request);
        all.push(request);
      }
    }
    this.#byId.clear();
    return all.sort((a, b) => a.sequence - b.sequence);
  }
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function rangeOf(values: readonly number[]): Range {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/** Where in a range a value lies: 0..1; in the middle of one that is a point. */
function within({ min, max }: Range, value: number): number {
  return max === min ? 0.5 : (value - min) / (max - min);
}
