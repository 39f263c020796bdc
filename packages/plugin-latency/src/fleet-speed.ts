import type { Endpoint, EndpointDirectory } from '@pointsman/core';
import type { SpeedStore } from './speed-store.ts';

/** What holds for an endpoint that nothing is known of; NaN where nothing is known of any. */
export interface TypicalSpeed {
  readonly prefillFixedMs: number;
  readonly prefillMsPerToken: number;
  readonly decodeFixedMs: number;
  readonly decodeMsPerRunning: number;
}

/** Samples from which on the medians need not follow every single one. */
const MANY_LESSONS = 100;
const STALE_AFTER_LESSONS = 8;

const UNKNOWN: TypicalSpeed = {
  prefillFixedMs: Number.NaN,
  prefillMsPerToken: Number.NaN,
  decodeFixedMs: Number.NaN,
  decodeMsPerRunning: Number.NaN,
};

/** Medians of what was learned, over all endpoints and over those with the same hardware label. */
export class FleetSpeed {
  readonly #store: SpeedStore;
  readonly #endpoints: EndpointDirectory;
  readonly #hardwareLabel: string | undefined;
  #fleet = UNKNOWN;
  #byHardware = new Map<string, TypicalSpeed>();
  #seenEndpoints: readonly Endpoint[] | undefined;
  #seenLessons = 0;

  constructor(store: SpeedStore, endpoints: EndpointDirectory, hardwareLabel: string | undefined) {
    this.#store = store;
    this.#endpoints = endpoints;
    this.#hardwareLabel = hardwareLabel;
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
    this.#refresh();
    const value = this.#hardwareOf(endpoint);
    return value === undefined ? undefined : this.#byHardware.get(value);
  }

  /** Takes the medians anew when they are out of date: at first with every sample, later with every few. */
  #refresh(): void {
    const endpoints = this.#endpoints.list();
    const { lessons } = this.#store;
    const lessonsUntilStale = lessons < MANY_LESSONS ? 1 : Math.max(STALE_AFTER_LESSONS, endpoints.length / 4);
    const isFresh = lessons - this.#seenLessons < lessonsUntilStale;
    if (this.#seenEndpoints === endpoints && isFresh) return;
    this.#seenEndpoints = endpoints;
    this.#seenLessons = lessons;
    this.#fleet = this.#typical(endpoints);
    this.#byHardware = new Map();
    for (const value of new Set(endpoints.map((endpoint) => this.#hardwareOf(endpoint)))) {
      if (value === undefined) continue;
      const alike = endpoints.filter((endpoint) => this.#hardwareOf(endpoint) === value);
      this.#byHardware.set(value, this.#typical(alike));
    }
  }

  #hardwareOf(endpoint: Endpoint): string | undefined {
    return this.#hardwareLabel === undefined ? undefined : endpoint.labels[this.#hardwareLabel];
  }

  #typical(endpoints: readonly Endpoint[]): TypicalSpeed {
    const { prefill, decode } = this.#store;
    const prefilling = endpoints.filter(({ row }) => prefill.isKnown(row));
    const decoding = endpoints.filter(({ row }) => decode.isKnown(row));
    return {
      prefillFixedMs: median(prefill.fixed, prefilling),
      prefillMsPerToken: median(prefill.slope, prefilling),
      decodeFixedMs: median(decode.fixed, decoding),
      decodeMsPerRunning: median(decode.slope, decoding),
    };
  }
}

/** NaN without endpoints. */
function median(column: Float64Array, endpoints: readonly Endpoint[]): number {
  const sorted = Float64Array.from(endpoints, ({ row }) => column[row]!).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
