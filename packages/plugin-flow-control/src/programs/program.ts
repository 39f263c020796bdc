/** What is known of the requests with one fairness id. */
export class Program {
  readonly id: string;
  inFlight = 0;
  /** When one of its requests last ended, or it became known; in milliseconds since the epoch. */
  lastEndAt: number;
  #placed = 0;
  #averageWaitMs = 0;
  #service = 0;
  #serviceAt: number;

  constructor(id: string, now: number) {
    this.id = id;
    this.lastEndAt = now;
    this.#serviceAt = now;
  }

  /** How long its requests waited until they got their places, on average. */
  get averageWaitMs(): number {
    return this.#averageWaitMs;
  }

  waited(ms: number): void {
    this.#placed++;
    this.#averageWaitMs += (ms - this.#averageWaitMs) / this.#placed;
  }

  /** Tokens that it has got, those of old counting less. @param halfLifeMs 0 for all counting alike */
  service(now: number, halfLifeMs: number): number {
    if (halfLifeMs === 0 || this.#service === 0) return this.#service;
    return this.#service * 2 ** (-Math.max(0, now - this.#serviceAt) / halfLifeMs);
  }

  got(tokens: number, now: number, halfLifeMs: number): void {
    this.#service = this.service(now, halfLifeMs) + tokens;
    this.#serviceAt = now;
  }
}
