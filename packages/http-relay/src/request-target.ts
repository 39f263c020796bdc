const SCHEME_AND_AUTHORITY = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/**
 * What a client calls, in origin form: `/v1/models?limit=5`. A proxy's client may send `http://host/v1/models`. Path and query
 * keep their bytes.
 */
export function originForm(url: string | undefined): string {
  if (url === undefined || url === '' || url.charCodeAt(0) === 0x2f) return url || '/';
  const from = SCHEME_AND_AUTHORITY.exec(url)?.[0].length;
  if (from === undefined) return url;
  return url.charCodeAt(from) === 0x2f ? url.slice(from) : `/${url.slice(from)}`;
}

/** A target without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}
