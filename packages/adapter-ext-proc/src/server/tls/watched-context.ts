import type { SecureContextOptions } from 'node:tls';
import type { ServerTls } from './server-tls.ts';

/** Has whoever listens told of every new certificate. @returns a function that ends it */
export type ContextWatch = (onChange: (context: SecureContextOptions) => void) => () => void;

/** How a listener speaks TLS, now and later. @throws what loading the certificate throws */
export async function watchedContext(tls: ServerTls): Promise<[SecureContextOptions, ContextWatch]> {
  const { certificate, minVersion, ciphers } = tls;
  const common = { ...(minVersion && { minVersion }), ...(ciphers !== undefined && { ciphers }) };
  const watch: ContextWatch = (onChange) =>
    certificate.watch?.((renewed) => onChange({ ...common, ...renewed })) ?? (() => {});
  return [{ ...common, ...(await certificate.load()) }, watch];
}
