import type { Endpoint, EndpointDirectory, EndpointSink, EndpointSpec } from '../contract/endpoint.ts';
import { PointsmanError } from '../contract/errors.ts';

/** What a request may be placed on: everything in the pool, or the part that a proxy in front allows. */
export interface Considered {
  /** Positions in the snapshot; undefined for all of it. */
  readonly positions: Int32Array | undefined;
  readonly endpoints: readonly Endpoint[];
}

/** The endpoints at one moment. Never changed: a new one is made when membership changes. */
export interface Snapshot {
  readonly version: number;
  readonly endpoints: readonly Endpoint[];
  readonly rows: Int32Array;
  /** All of it, for requests that may go anywhere. */
  readonly whole: Considered;
}

/** What follows the table's rows: data columns and plugins. */
export interface TableObserver {
  grown(capacity: number): void;
  added(endpoint: Endpoint): void;
  replaced(endpoint: Endpoint): void;
  removed(endpoint: Endpoint): void;
}

const FIRST_CAPACITY = 16;

export const EMPTY_SNAPSHOT: Snapshot = {
  version: 0,
  endpoints: [],
  rows: new Int32Array(0),
  whole: { positions: undefined, endpoints: [] },
};

/** The endpoints of one pool as rows of a table. Rows are stable while an endpoint lives, and used again afterwards. */
export class EndpointTable implements EndpointDirectory, EndpointSink {
  #byId = new Map<string, Endpoint>();
  #free: number[] = [];
  #used = 0;
  #incarnations = 0;
  #observers: TableObserver[] = [];
  #snapshot: Snapshot = EMPTY_SNAPSHOT;
  #stale = false;
  capacity = FIRST_CAPACITY;
  /** Calls that run on each row: what decides how often an endpoint is polled. */
  openCalls = new Int32Array(FIRST_CAPACITY);

  observe(observer: TableObserver): () => void {
    this.#observers.push(observer);
    return () => {
      this.#observers = this.#observers.filter((other) => other !== observer);
    };
  }

  get snapshot(): Snapshot {
    if (this.#stale) {
      const endpoints = [...this.#byId.values()];
      this.#snapshot = {
        version: this.#snapshot.version + 1,
        endpoints,
        rows: Int32Array.from(endpoints, (endpoint) => endpoint.row),
        whole: { positions: undefined, endpoints },
      };
      this.#stale = false;
    }
    return this.#snapshot;
  }

  list(): readonly Endpoint[] {
    return this.snapshot.endpoints;
  }

  byId(id: string): Endpoint | undefined {
    return this.#byId.get(id);
  }

  isLive(endpoint: Endpoint): boolean {
    return this.#byId.get(endpoint.id)?.incarnation === endpoint.incarnation;
  }

  /** How many endpoints have ever been added: tells whether a row was taken anew since. */
  get incarnations(): number {
    return this.#incarnations;
  }

  upsert(spec: EndpointSpec): void {
    const id = idOf(spec);
    const known = this.#byId.get(id);
    if (known !== undefined && sameAddress(known, spec)) {
      if (sameLabels(known.labels, spec.labels ?? {})) return;
      const replaced = makeEndpoint(spec, id, known.row, known.incarnation);
      this.#byId.set(id, replaced);
      this.#stale = true;
      for (const observer of this.#observers) observer.replaced(replaced);
      return;
    }
    // Another address under the same id is another server: nothing known about the old one holds for it.
    const endpoint = makeEndpoint(spec, id, -1, this.#incarnations + 1);
    if (known !== undefined) this.remove(id);
    const added = { ...endpoint, row: this.#takeRow() };
    this.#incarnations++;
    this.#byId.set(id, added);
    this.#stale = true;
    for (const observer of this.#observers) observer.added(added);
  }

  remove(id: string): void {
    const endpoint = this.#byId.get(id);
    if (endpoint === undefined) return;
    this.#byId.delete(id);
    this.#free.push(endpoint.row);
    this.openCalls[endpoint.row] = 0;
    this.#stale = true;
    for (const observer of this.#observers) observer.removed(endpoint);
  }

  replaceAll(specs: readonly EndpointSpec[]): void {
    const wanted = new Map(specs.map((spec) => [idOf(spec), spec]));
    for (const spec of wanted.values()) makeEndpoint(spec, idOf(spec), -1, 0);
    for (const id of [...this.#byId.keys()]) if (!wanted.has(id)) this.remove(id);
    for (const spec of wanted.values()) this.upsert(spec);
  }

  #takeRow(): number {
    const free = this.#free.shift();
    if (free !== undefined) return free;
    if (this.#used === this.capacity) {
      this.capacity *= 2;
      const openCalls = new Int32Array(this.capacity);
      openCalls.set(this.openCalls);
      this.openCalls = openCalls;
      for (const observer of this.#observers) observer.grown(this.capacity);
    }
    return this.#used++;
  }
}

function idOf(spec: EndpointSpec): string {
  return spec.id ?? `${spec.namespace ?? 'default'}/${spec.name ?? hostPortOf(unbracketed(spec.address), spec.port)}`;
}

/** The same endpoint, reached through another port of its address. */
export function onPort(endpoint: Endpoint, port: number): Endpoint {
  const hostPort = hostPortOf(endpoint.address, port);
  const scheme = endpoint.origin.startsWith('https:') ? 'https' : 'http';
  return { ...endpoint, port, hostPort, origin: `${scheme}://${hostPort}` };
}

function unbracketed(address: string): string {
  return address.replace(/^\[(.*)\]$/, '$1');
}

function hostPortOf(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function sameAddress(endpoint: Endpoint, spec: EndpointSpec): boolean {
  const other = makeEndpoint(spec, endpoint.id, endpoint.row, endpoint.incarnation);
  return endpoint.origin === other.origin && endpoint.metricsOrigin === other.metricsOrigin;
}

function sameLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function makeEndpoint(spec: EndpointSpec, id: string, row: number, incarnation: number): Endpoint {
  const address = unbracketed(spec.address);
  const metricsAddress = spec.metricsAddress === undefined ? address : unbracketed(spec.metricsAddress);
  for (const host of [address, metricsAddress]) {
    if (host === '' || /[\s/?#@]/.test(host)) {
      throw new PointsmanError('ENDPOINT_INVALID', `endpoint "${id}": "${host}" is no host name or IP address`);
    }
  }
  for (const port of [spec.port, spec.metricsPort ?? 1]) {
    if (!Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new PointsmanError('ENDPOINT_INVALID', `endpoint "${id}": port ${port} is not in 1..65535`);
    }
  }
  const scheme = spec.scheme ?? 'http';
  const hostPort = hostPortOf(address, spec.port);
  const metricsHostPort = hostPortOf(metricsAddress, spec.metricsPort ?? spec.port);
  return {
    id,
    address,
    port: spec.port,
    hostPort,
    origin: `${scheme}://${hostPort}`,
    metricsOrigin: `${scheme}://${metricsHostPort}`,
    labels: { ...spec.labels },
    row,
    incarnation,
  };
}
