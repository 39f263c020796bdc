import type { Endpoint } from '@pointsman/core';
import type { SpeedFit } from './speed-fit.ts';

/** What holds for an endpoint that nothing is known of; NaN where nothing is known of any. */
export interface TypicalSpeed {
  readonly prefillFixedMs: number;
  readonly prefillMsPerToken: number;
  readonly decodeFixedMs: number;
  readonly decodeMsPerRunning: number;
}

/** New samples after which medians are taken anew. */
const STALE_AFTER_SAMPLES = 8;

const UNKNOWN: TypicalSpeed = {
  prefillFixedMs: Number.NaN,
  prefillMsPerToken: Number.NaN,
  decodeFixedMs: Number.NaN,
  decodeMsPerRunning: Number.NaN,
};

/** Medians of what was learned, over all endpoints and over those with the same hardware label. */
export class FleetSpeed {
  readonly #prefill: SpeedFit;
  readonly #decode: SpeedFit;
  readonly #hardwareLabel: string | undefined;
  #fleet = UNKNOWN;
  #byHardware = new Map<string, TypicalSpeed>();
  #endpoints: readonly Endpoint[] | undefined;
  #seenLessons = Number.NEGATIVE_INFINITY;

  constructor(prefill: SpeedFit, decode: SpeedFit, hardwareLabel: string | undefined) {
    this.#prefill = prefill;
    this.#decode = decode;
    this.#hardwareLabel = hardwareLabel;
  }

  /**
   * Takes the medians anew when they are out of date.
   * @param lessons samples so far
   */
  refresh(endpoints: readonly Endpoint[], lessons: number): void {
    const isYoung = lessons < 10 * STALE_AFTER_SAMPLES;
    const isFresh = lessons - this.#seenLessons < (isYoung ? 1 : STALE_AFTER_SAMPLES);
    if (this.#endpoints === endpoints && isFresh) return;
    this.#endpoints = endpoints;
    this.#seenLessons = lessons;
    this.#fleet = this.#typical(endpoints);
    this.#byHardware = new Map();
    if (this.#hardwareLabel === undefined) return;
    for (const value of new Set(endpoints.map((endpoint) => this.#hardwareOf(endpoint)))) {
      if (value === undefined) continue;
      const alike = endpoints.filter((endpoint) => this.#hardwareOf(endpoint) === value);
      this.#byHardware.set(value, this.#typical(alike));
    }
  }

  prefillOf(endpoint: Endpoint): TypicalSpeed {
    const alike = this.#alike(endpoint);
    return alike !== undefined && !Number.isNaN(alike.prefillMsPerToken) ? alike : this.#fleet;
  }

  decodeOf(endpoint: Endpoint): TypicalSpeed {
    const alike = this.#alike(endpoint);
    return alike !== undefined && !Number.isNaN(alike.decodeFixedMs) ? alike : this.#fleet;
  }

  #alike(endpoint: Endpoint): TypicalSpeed | undefined {
    const value = this.#hardwareOf(endpoint);
    return value === undefined ? undefined : this.#byHardware.get(value);
  }

  #hardwareOf(endpoint: Endpoint): string | undefined {
    return this.#hardwareLabel === undefined ? undefined : endpoint.labels[this.#hardwareLabel];
  }

  #typical(endpoints: readonly Endpoint[]): TypicalSpeed {
    const prefill = endpoints.filter(({ row }) => this.#prefill.isKnown(row));
    const decode = endpoints.filter(({ row }) => this.#decode.isKnown(row));
    return {
      prefillFixedMs: median(this.#prefill.fixed, prefill),
      prefillMsPerToken: median(this.#prefill.slope, prefill),
      decodeFixedMs: median(this.#decode.fixed, decode),
      decodeMsPerRunning: median(this.#decode.slope, decode),
    };
  }
}

/** NaN without endpoints. */
function median(column: Float64Array, endpoints: readonly Endpoint[]): number {
  const sorted = Float64Array.from(endpoints, ({ row }) => column[row]!).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
