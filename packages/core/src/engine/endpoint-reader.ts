import type { EndpointView, Keys } from '../contract/cycle.ts';
import type { DataKey } from '../contract/data-key.ts';
import type { Endpoint } from '../contract/endpoint.ts';
import type { CandidateRows } from './candidate-rows.ts';
import type { DataStore, EndpointColumn } from './data-store.ts';
import { undeclared } from './undeclared.ts';

/** Where the candidate data of a request is. */
interface CandidateData {
  candidateRows(keyId: string): CandidateRows | undefined;
}

/** The endpoint as a plugin's `score(endpoint)` or `keep(endpoint)` sees it. One object, moved from row to row. */
export class EndpointReader implements EndpointView {
  readonly #plugin: string;
  readonly #columns = new Map<string, EndpointColumn | null>();
  #endpoint: Endpoint | undefined;
  #data: CandidateData | undefined;

  constructor(plugin: string, reads: Keys, store: DataStore) {
    this.#plugin = plugin;
    for (const key of reads) {
      if (key.scope === 'endpoint') this.#columns.set(key.id, store.column(key));
      if (key.scope === 'candidate') this.#columns.set(key.id, null);
    }
  }

  moveTo(endpoint: Endpoint, data: CandidateData): this {
    this.#endpoint = endpoint;
    this.#data = data;
    return this;
  }

  get #current(): Endpoint {
    if (this.#endpoint === undefined) throw new Error('an endpoint view was used outside of the call that received it');
    return this.#endpoint;
  }

  get id(): string {
    return this.#current.id;
  }

  get address(): string {
    return this.#current.address;
  }

  get port(): number {
    return this.#current.port;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#current.labels;
  }

  get(key: DataKey): never {
    const column = this.#columns.get(key.id);
    const row = this.#current.row;
    if (column === undefined) throw undeclared(this.#plugin, 'reads', key, 'reads');
    const value = column === null ? this.#data?.candidateRows(key.id)?.get(row) : column.get(row);
    return (value === undefined ? key.fallback : value) as never;
  }
}
