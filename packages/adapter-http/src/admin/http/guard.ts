import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { AdminError } from './admin-error.ts';

/** Decides who may call. */
export class Guard {
  readonly #allowedHosts: ReadonlySet<string>;
  readonly #tokenDigest: Buffer | undefined;

  /** @throws RangeError when the token is empty, which would look like protection */
  constructor(allowedHosts: readonly string[], token: string | undefined) {
    if (token === '') throw new RangeError('the admin token is empty: give one, or leave it out');
    this.#allowedHosts = new Set(allowedHosts.map((host) => host.toLowerCase()));
    this.#tokenDigest = token === undefined ? undefined : digest(token);
  }

  /**
   * Refuses what a hostile page could make a browser send: requests under a name that was rebound to this address, and
   * changes that come from another site.
   * @throws AdminError 403, 421
   */
  checkOrigin(request: IncomingMessage): void {
    const host = request.headers.host ?? '';
    if (!this.#isKnownHost(host)) {
      throw new AdminError(
        421,
        'unknown_host',
        'This listener is not known under that host name. Use its IP address or localhost, or name the host in allowedHosts.',
      );
    }
    if (request.method === 'GET' || request.method === 'HEAD') return;
    const { origin } = request.headers;
    const site = request.headers['sec-fetch-site'];
    const isForeign = origin !== undefined && hostOf(origin) !== host.toLowerCase();
    if (isForeign || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
      throw new AdminError(403, 'cross_site', 'Requests from other sites may not change anything here.');
    }
  }

  /** @throws AdminError 401 */
  checkToken(request: IncomingMessage): void {
    if (this.#tokenDigest === undefined) return;
    const given = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    // Digests have one length, so that comparing takes the same time for every guess.
    if (given !== undefined && timingSafeEqual(digest(given), this.#tokenDigest)) return;
    throw new AdminError(
      401,
      given === undefined ? 'token_missing' : 'token_wrong',
      'The admin token is needed: send it as "Authorization: Bearer TOKEN".',
      { headers: { 'www-authenticate': 'Bearer realm="pointsman admin"' } },
    );
  }

  #isKnownHost(host: string): boolean {
    if (!URL.canParse(`http://${host}`)) return false;
    const { hostname } = new URL(`http://${host}`);
    const name = hostname.replace(/^\[(.*)\]$/, '$1');
    return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || this.#allowedHosts.has(name);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}
