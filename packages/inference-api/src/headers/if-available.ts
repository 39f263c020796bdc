/**
 * Conditional decode: a client asks that its request be served only where its KV cache is, and otherwise be told, so
 * that it can have the prompt computed elsewhere first.
 */

/** Why an endpoint is dropped for such a request; also what the client is told, with status 412, when all are. */
export const KV_CACHE_ABSENT = 'no decode worker has the requested KV cache';

/**
 * Whether a `Prefer` header asks for it: with the preference `if-available`, in any spelling and with any parameters
 * (RFC 7240).
 */
export function prefersIfAvailable(prefer: string | undefined): boolean {
  if (prefer === undefined) return false;
  // A comma within quotes separates nothing.
  const preferences = prefer.replace(/"(?:[^"\\]|\\.)*"/g, '""').split(',');
  return preferences.some((preference) => preference.split(';', 1)[0]!.trim().toLowerCase() === 'if-available');
}
