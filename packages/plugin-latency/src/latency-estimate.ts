import type { Endpoint } from '@pointsman/core';
import type { FleetSpeed } from './fleet-speed.ts';
import type { SpeedStore } from './speed-store.ts';

/** Where expectations end: more than a week. */
const MOST_MS = 1e9;

/**
 * What is expected of an endpoint. One object that is filled anew for each endpoint, so that nothing is allocated.
 *
 * ttft = backlog + fixed + uncached tokens * ms per token
 * tpot = fixed + (running + 1) * ms per running request
 * backlog = the longer of: prompts of this scheduler that are not computed yet, less what was done of them; requests in
 * the model server's queue, each of which waits for one to end, which happens `running` times in the time of one request
 */
export class LatencyEstimate {
  readonly #store: SpeedStore;
  readonly #fleet: FleetSpeed;
  ttftMs = Number.NaN;
  tpotMs = Number.NaN;

  constructor(store: SpeedStore, fleet: FleetSpeed) {
    this.#store = store;
    this.#fleet = fleet;
  }

  /**
   * @param uncached prompt tokens that the endpoint would have to compute
   * @param waiting requests in the model server's queue
   * @param running requests that it runs
   */
  fill(endpoint: Endpoint, uncached: number, waiting: number, running: number, now: number): void {
    const { prefill, decode, work, outputTokens } = this.#store;
    const { row } = endpoint;
    let decodeFixed = decode.fixed[row]!;
    let decodeSlope = decode.slope[row]!;
    if (!decode.isKnown(row)) {
      const typical = this.#fleet.decodeOf(endpoint);
      decodeFixed = typical.decodeFixedMs;
      decodeSlope = typical.decodeMsPerRunning;
    }
    let prefillFixed = prefill.fixed[row]!;
    let prefillSlope = prefill.slope[row]!;
    if (!prefill.isKnown(row)) {
      const typical = this.#fleet.prefillOf(endpoint);
      prefillFixed = typical.prefillFixedMs;
      prefillSlope = typical.prefillMsPerToken;
    }
    this.tpotMs = Math.min(MOST_MS, decodeFixed + (running + 1) * decodeSlope);
    const endsEveryMs = ((outputTokens.value || 0) * (decodeFixed + running * decodeSlope)) / Math.max(1, running);
    const queueMs = waiting > 0 && endsEveryMs > 0 ? waiting * endsEveryMs : 0;
    const backlogMs = work.backlogMs(row, prefillFixed, prefillSlope, now);
    this.ttftMs = Math.min(MOST_MS, Math.max(backlogMs, queueMs) + prefillFixed + uncached * prefillSlope);
  }

  /** True when requests that wait on the endpoint wait for others to end rather than for prompts to be computed. */
  isQueueBound(row: number, sampleTokens: number, waiting: number, running: number): boolean {
    if (waiting === 0) return false;
    const { prefill, decode, outputTokens } = this.#store;
    if (!prefill.isKnown(row) || !decode.isKnown(row)) return true;
    const generating = Math.max(1, running);
    const endsEveryMs = (outputTokens.value * (decode.fixed[row]! + generating * decode.slope[row]!)) / generating;
    return !(prefill.fixed[row]! + sampleTokens * prefill.slope[row]! >= endsEveryMs);
  }
}
