import { getCiphers } from 'node:tls';

/**
 * Cipher suites in the names of Go and IANA, as OpenSSL wants them.
 * @throws RangeError for a suite that there is not
 */
export function openSslCiphers(suites: readonly string[]): string {
  const known = new Set(getCiphers());
  const names = suites.map((suite) => {
    const name = openSslName(suite);
    if (!known.has(name.toLowerCase())) throw new RangeError(`there is no cipher suite "${suite}"`);
    return name;
  });
  return names.join(':');
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256`; those of TLS 1.3 have one name only. */
function openSslName(suite: string): string {
  if (!suite.includes('_WITH_')) return suite;
  return suite
    .replace(/^TLS_/, '')
    .replace(/^RSA_WITH_/, '')
    .replace('_WITH_', '_')
    .replace('AES_128', 'AES128')
    .replace('AES_256', 'AES256')
    .replace('CHACHA20_POLY1305_SHA256', 'CHACHA20_POLY1305')
    .replace(/_CBC_SHA/, '_SHA')
    .replaceAll('_', '-');
}
