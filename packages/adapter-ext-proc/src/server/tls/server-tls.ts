import type { SecureVersion } from 'node:tls';
import type { CertificateSource } from './certificate-source.ts';

/** How a server speaks TLS. */
export interface ServerTls {
  readonly certificate: CertificateSource;
  /** Default: what Node allows, TLS 1.2. */
  readonly minVersion?: SecureVersion;
  /** Names as OpenSSL writes them, with colons between them; default: those of Node. */
  readonly ciphers?: string;
}
