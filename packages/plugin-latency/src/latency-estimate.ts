import type { Endpoint, NumberColumn } from '@pointsman/core';
import type { FleetSpeed } from './fleet-speed.ts';
import { realCount } from './real-count.ts';
import type { RequestTokens } from './request-tokens.ts';
import { ENOUGH_SAMPLES } from './speed-fit.ts';
import type { SpeedStore } from './speed-store.ts';

/** Where expectations end: more than a week. */
const MOST_MS = 1e9;

/** What the model servers say of themselves: requests that wait in their queues and that run. */
export interface ServerLoad {
  readonly waiting: NumberColumn;
  readonly running: NumberColumn;
}

/** Where expectations are written to, by row. */
export interface Expectations {
  readonly ttftMs: Float64Array;
  readonly tpotMs: Float64Array;
}

/**
 * What is expected of endpoints:
 *
 * ttft = backlog + fixed + uncached tokens * ms per token
 * tpot = fixed + (running + 1) * ms per running request
 * backlog = the longer of: prompts of this scheduler that are not computed yet, less what was done of them; requests in
 * the model server's queue, each of which waits for one to end, which happens `running` times in the time of one request
 */
export class LatencyEstimate {
  readonly #store: SpeedStore;
  readonly #fleet: FleetSpeed;
  readonly #load: ServerLoad;

  constructor(store: SpeedStore, fleet: FleetSpeed, load: ServerLoad) {
    this.#store = store;
    this.#fleet = fleet;
    this.#load = load;
  }

  /** Fills in the rows of some endpoints; NaN where nothing is known of any. */
  fill(endpoints: readonly Endpoint[], tokens: RequestTokens, now: number, { ttftMs, tpotMs }: Expectations): void {
    // Everything by row is fetched once: this runs for each endpoint of each request.
    const { prefill, decode, work } = this.#store;
    const outputTokens = realCount(this.#store.outputTokens.value);
    const { fixed: prefillFixed, slope: prefillSlope, samples: prefillSamples } = prefill;
    const { fixed: decodeFixed, slope: decodeSlope, samples: decodeSamples } = decode;
    const { prompts, running: generating } = work;
    const waitingNow = this.#load.waiting.values;
    const runningNow = this.#load.running.values;
    for (let i = 0; i < endpoints.length; i++) {
      const endpoint = endpoints[i]!;
      const { row } = endpoint;
      let fixedMs = prefillFixed[row]!;
      let msPerToken = prefillSlope[row]!;
      if (prefillSamples[row]! < ENOUGH_SAMPLES) {
        const typical = this.#fleet.prefillOf(endpoint);
        fixedMs = typical.prefillFixedMs;
        msPerToken = typical.prefillMsPerToken;
      }
      let decodeMs = decodeFixed[row]!;
      let msPerRunning = decodeSlope[row]!;
      if (decodeSamples[row]! < ENOUGH_SAMPLES) {
        const typical = this.#fleet.decodeOf(endpoint);
        decodeMs = typical.decodeFixedMs;
        msPerRunning = typical.decodeMsPerRunning;
      }
      const running = Math.max(generating[row]!, realCount(runningNow[row]!));
      const waiting = realCount(waitingNow[row]!);
      let backlogMs = prompts[row] === 0 ? 0 : work.backlogMs(row, fixedMs, msPerToken, now);
      if (waiting > 0) {
        const queueMs = (waiting * outputTokens * (decodeMs + running * msPerRunning)) / Math.max(1, running);
        if (queueMs > backlogMs) backlogMs = queueMs;
      }
      ttftMs[row] = Math.min(MOST_MS, backlogMs + fixedMs + tokens.uncachedOn(row) * msPerToken);
      tpotMs[row] = Math.min(MOST_MS, decodeMs + (running + 1) * msPerRunning);
    }
  }

  /**
   * True when requests that wait on the endpoint wait for others to end rather than for prompts to be computed.
   * @param sampleTokens tokens of a prompt
   * @param waiting requests in the model server's queue
   */
  isQueueBound(row: number, sampleTokens: number, waiting: number): boolean {
    if (waiting === 0) return false;
    const { prefill, decode, outputTokens } = this.#store;
    if (!prefill.isKnown(row) || !decode.isKnown(row)) return true;
    const running = Math.max(1, realCount(this.#load.running.values[row]!));
    const endsEveryMs = (outputTokens.value * (decode.fixed[row]! + running * decode.slope[row]!)) / running;
    return !(prefill.fixed[row]! + sampleTokens * prefill.slope[row]! >= endsEveryMs);
  }
}
