import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Logger, silentLogger } from '@pointsman/core';
import { type Certificate, checkCertificate } from './certificate.ts';
import type { CertificateSource } from './certificate-source.ts';

/** Both files are replaced before either is read: Kubernetes and cert-manager write one after the other. */
const SETTLE_MS = 250;

/**
 * A certificate in a folder, in the files `tls.crt` and `tls.key`, as Kubernetes mounts secrets.
 * @param options.reload whether a new pair takes the place of the old one when the files change. One that cannot be used
 * is logged, and the old one stays
 */
export function certificateFolder(
  folder: string,
  { reload = false, log = silentLogger }: { readonly reload?: boolean; readonly log?: Logger } = {},
): CertificateSource {
  const where = { cert: path.join(folder, 'tls.crt'), key: path.join(folder, 'tls.key') };
  const load = async (): Promise<Certificate> => {
    // One after the other, so that the error of a folder that lacks both names the same file every time.
    const cert = await readFile(where.cert);
    const key = await readFile(where.key);
    checkCertificate({ cert, key }, where);
    return { cert, key };
  };
  if (!reload) return { load };
  return {
    load,
    watch(listener) {
      let timer: NodeJS.Timeout | undefined;
      let latest = '';
      const look = async () => {
        try {
          const certificate = await load();
          const text = certificate.cert.toString() + certificate.key.toString();
          if (text === latest) return;
          latest = text;
          listener(certificate);
          log.info('certificate reloaded', { folder });
        } catch (error) {
          log.error('the new certificate cannot be used, the old one stays', { folder, error: String(error) });
        }
      };
      const watcher = watch(folder, { persistent: false }, () => {
        clearTimeout(timer);
        timer = setTimeout(look, SETTLE_MS);
      });
      watcher.on('error', (error) =>
        log.error('the certificate is no longer watched', { folder, error: String(error) }),
      );
      return () => {
        clearTimeout(timer);
        watcher.close();
      };
    },
  };
}
