/** One address of a model server that can be picked. Immutable: a change of labels makes a new object in the same row. */
export interface Endpoint {
  /** Unique in its pool, `namespace/name`. */
  readonly id: string;
  /** Host name or IP address, without brackets. */
  readonly address: string;
  readonly port: number;
  /** `address:port`, IPv6 in brackets. */
  readonly hostPort: string;
  /** Where requests go: `http://host:port`, or `https://...`. */
  readonly origin: string;
  /** Where metrics are scraped; equals `origin` unless the source said otherwise. */
  readonly metricsOrigin: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Row of this endpoint in every data column. Stable while the endpoint lives; used again after it is gone. */
  readonly row: number;
  /** Changes when a row is taken by another endpoint, so that a late release cannot reach its successor. */
  readonly incarnation: number;
}

/** What an endpoint source says of an endpoint. */
export interface EndpointSpec {
  /** Default: `namespace/name`. */
  readonly id?: string;
  /** Default: `host:port`. */
  readonly name?: string;
  /** Default: `default`. */
  readonly namespace?: string;
  /** Host name, IPv4 or IPv6 address. */
  readonly address: string;
  /** 1..65535. */
  readonly port: number;
  readonly scheme?: 'http' | 'https';
  readonly metricsAddress?: string;
  readonly metricsPort?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Receives what a source finds. */
export interface EndpointSink {
  /** Adds an endpoint, or replaces what is known of it. */
  upsert(spec: EndpointSpec): void;
  /** Takes an endpoint out. Requests that run on it go on; its unknown id is ignored. */
  remove(id: string): void;
  /** Makes the pool hold exactly these endpoints. */
  replaceAll(specs: readonly EndpointSpec[]): void;
}

/** Where endpoints come from: a list, a file, Kubernetes. */
export interface EndpointSource {
  /** Resolves when the endpoints known at start have been delivered; goes on until `signal` aborts. */
  start(sink: EndpointSink, signal: AbortSignal): void | Promise<void>;
}

/** Read-only look at the endpoints of a pool. */
export interface EndpointDirectory {
  /** The endpoints that can be picked now. A new array whenever membership changes. */
  list(): readonly Endpoint[];
  byId(id: string): Endpoint | undefined;
  /** False once the endpoint is gone or its row belongs to another one. */
  isLive(endpoint: Endpoint): boolean;
}
