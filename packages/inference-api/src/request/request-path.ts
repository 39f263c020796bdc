import type { RequestHeaders } from '../headers/request-headers.ts';

/** In which order the path is looked for: a proxy may have rewritten the first. */
const sources = [':path', 'x-original-path', 'x-forwarded-path'] as const;

/**
 * The path of a request of which only headers are known, as with Envoy's external processing: `:path`, else
 * `x-original-path`, else `x-forwarded-path`, else `/v1/completions`; without the query string.
 */
export function requestPath(headers: RequestHeaders): string {
  for (const source of sources) {
    const value = headers[source];
    const path = typeof value === 'string' ? value : value?.[0];
    if (path) return withoutQuery(path);
  }
  return '/v1/completions';
}

/** `path` up to its first `?`. A fragment stays: clients never send one, so it is part of the path. */
export function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query === -1 ? path : path.slice(0, query);
}
