/** Longest token that is looked at, in characters. Ids of endpoints are far shorter. */
const MAX_LENGTH = 1024;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The endpoint's id as clients carry it: standard base64 with padding. */
export function encodeEndpoint(id: string): string {
  return Buffer.from(id, 'utf8').toString('base64');
}

/** The id in a token; undefined when the token is none. Whether such an endpoint exists is another question. */
export function decodeEndpoint(token: string): string | undefined {
  if (token.length > MAX_LENGTH || !BASE64.test(token)) return undefined;
  return Buffer.from(token, 'base64').toString('utf8');
}
