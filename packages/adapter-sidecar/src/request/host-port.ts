import { isIPv6 } from 'node:net';

/** A model server as routing headers name it. */
export interface HostPort {
  /** An address or a name; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** `host:port`, IPv6 in brackets. */
  readonly text: string;
}

/**
 * Reads `host:port` or `[ipv6]:port`. `http://` before it is allowed. Anything else that a URL could have (a path, credentials) is
 * not: it would let a header choose more than a server.
 * @param defaultPort for a host without a port; without it there must be one
 */
export function parseHostPort(value: string, defaultPort?: number): HostPort | undefined {
  const match = /^(?:http:\/\/)?(\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::(\d{1,5}))?$/i.exec(
    value.trim(),
  );
  if (match === null) return undefined;
  const named = match[1]!;
  const host = named.startsWith('[') ? named.slice(1, -1) : named;
  if (named !== host ? !isIPv6(host) : !isPlain(named)) return undefined;
  const port = match[2] === undefined ? defaultPort : Number(match[2]);
  if (port === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port, text: `${named}:${port}` };
}

/** Whether a name means itself: `2130706433` and `0x7f.1` are read as 127.0.0.1, and would pass by any list. */
function isPlain(name: string): boolean {
  return URL.canParse(`http://${name}`) && new URL(`http://${name}`).hostname === name.toLowerCase();
}
