import type { EndpointSpec } from '../contract/endpoint.ts';
import { PointsmanError } from '../contract/errors.ts';

/**
 * Endpoints from URLs, for code: `staticEndpoints(['http://10.0.0.1:8000', 'http://10.0.0.2:8000'])`.
 * @throws PointsmanError ENDPOINT_INVALID
 */
export function staticEndpoints(
  urls: readonly (
    | string
    | {
        readonly url: string;
        readonly labels?: Readonly<Record<string, string>>;
      }
  )[],
): readonly EndpointSpec[] {
  return urls.map((entry) => {
    const { url, labels = {} } = typeof entry === 'string' ? { url: entry } : entry;
    if (!URL.canParse(url)) throw new PointsmanError('ENDPOINT_INVALID', `"${url}" is no URL`);
    const { protocol, hostname, port } = new URL(url);
    if (protocol !== 'http:' && protocol !== 'https:') {
      throw new PointsmanError('ENDPOINT_INVALID', `"${url}": only http and https can be forwarded to`);
    }
    const scheme = protocol === 'https:' ? 'https' : 'http';
    const defaultPort = scheme === 'https' ? 443 : 80;
    return {
      address: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? defaultPort : Number(port),
      scheme,
      labels,
    };
  });
}
