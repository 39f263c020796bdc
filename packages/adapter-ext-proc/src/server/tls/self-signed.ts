import type { CertificateSource } from './certificate-source.ts';

const TEN_YEARS_MS = 10 * 365 * 24 * 3_600_000;

/** A certificate that is made at every start. It keeps others from listening, but proves nothing. */
export function selfSigned(): CertificateSource {
  return {
    async load() {
      // Loaded only where it is used.
      const { generate } = await import('selfsigned');
      const made = await generate([{ name: 'commonName', value: 'pointsman' }], {
        keyType: 'ec',
        curve: 'P-256',
        algorithm: 'sha256',
        notAfterDate: new Date(Date.now() + TEN_YEARS_MS),
        extensions: [
          { name: 'extKeyUsage', serverAuth: true },
          { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
        ],
      });
      return { cert: Buffer.from(made.cert), key: Buffer.from(made.private) };
    },
  };
}
