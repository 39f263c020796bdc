import type { SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';
import type { Certificate } from './certificate.ts';
import type { ServerTls } from './server-tls.ts';

/** Credentials of a gRPC server whose certificate can be replaced while it serves. */
export class TlsCredentials extends ServerCredentials {
  readonly #common: SecureContextOptions;

  private constructor(common: SecureContextOptions, certificate: Certificate) {
    super({}, { ...common, ...certificate });
    this.#common = common;
  }

  /** @returns the credentials, and a function that ends their watch @throws what loading the certificate throws */
  static async create({ certificate: source, minVersion, ciphers }: ServerTls): Promise<[TlsCredentials, () => void]> {
    const common = { ...(minVersion && { minVersion }), ...(ciphers !== undefined && { ciphers }) };
    const credentials = new TlsCredentials(common, await source.load());
    const stop = source.watch?.((certificate) => {
      credentials.updateSecureContextOptions({ ...credentials.#common, ...certificate });
    });
    return [credentials, stop ?? (() => {})];
  }

  override _equals(other: ServerCredentials): boolean {
    return other === this;
  }
}
