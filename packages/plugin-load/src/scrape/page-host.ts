import type { TlsOptions } from './tls-options.ts';

/** Who is asked for a page. */
export interface PageHost {
  /** `http://host:port`, the port always written. */
  readonly origin: string;
  /** Without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Absent: without TLS. */
  readonly tls: TlsOptions | undefined;
}

/** What differs from the endpoint's metrics origin. */
export interface HostOptions {
  /** Default: that of the origin. */
  readonly scheme?: 'http' | 'https' | undefined;
  /** Default: the port of the origin. */
  readonly port?: number | undefined;
  readonly tls: TlsOptions;
}

/** Where the page of an endpoint is asked for. */
export function pageHost(metricsOrigin: string, { scheme, port, tls }: HostOptions): PageHost {
  const url = new URL(metricsOrigin);
  const protocol = scheme === undefined ? url.protocol : `${scheme}:`;
  // Another scheme on the same port: a port that the scheme implies must not be lost.
  const actualPort = port ?? Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return {
    origin: `${protocol}//${url.hostname}:${actualPort}`,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: actualPort,
    tls: protocol === 'https:' ? tls : undefined,
  };
}
