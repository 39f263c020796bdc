import type { Certificate } from './certificate.ts';

/** Where a server's certificate comes from. */
export interface CertificateSource {
  /** @throws Error when there is none that can be used */
  load(): Promise<Certificate>;
  /** Tells of every certificate that takes the place of the loaded one. @returns a function that stops it */
  watch?(listener: (certificate: Certificate) => void): () => void;
}
