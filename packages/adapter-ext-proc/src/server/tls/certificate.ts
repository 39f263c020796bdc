import { createPrivateKey, X509Certificate } from 'node:crypto';

/** A certificate with its key, both PEM. */
export interface Certificate {
  /** The certificate, then those of the authorities that lead to it. */
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** @param where files or whatever names them @throws Error that says which of the two cannot be used, and why */
export function checkCertificate(
  { cert, key }: Certificate,
  where: { readonly cert: string; readonly key: string },
): void {
  const certificate = readable(where.cert, () => new X509Certificate(cert));
  const privateKey = readable(where.key, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey)) throw new Error(`${where.key} is not the key of ${where.cert}`);
}

function readable<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${where} cannot be used: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
