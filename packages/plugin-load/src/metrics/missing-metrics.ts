import type { Endpoint, Logger } from '@pointsman/core';

/** Keeps what the pages of endpoints lack, and says so when that changes instead of with every scrape. */
export class MissingMetrics {
  readonly #log: Logger;
  readonly #plugin: string;
  readonly #byEndpoint = new Map<string, readonly string[]>();

  constructor(log: Logger, plugin: string) {
    this.#log = log;
    this.#plugin = plugin;
  }

  /** @param missing what the latest page of the endpoint lacks; empty when nothing */
  report({ id }: Endpoint, missing: readonly string[]): void {
    const before = this.#byEndpoint.get(id);
    if (missing.length === 0) {
      if (before !== undefined) this.#byEndpoint.delete(id);
      return;
    }
    if (before?.length === missing.length && missing.every((problem, i) => problem === before[i])) return;
    this.#byEndpoint.set(id, missing);
    this.#log.warn(`${this.#plugin}: the metrics of ${id} are not complete`, { missing });
  }

  forget({ id }: Endpoint): void {
    this.#byEndpoint.delete(id);
  }

  /** For `inspect()`. */
  shown(): { readonly missing: Record<string, string[]> } {
    return { missing: Object.fromEntries([...this.#byEndpoint].map(([id, list]) => [id, [...list]])) };
  }
}
