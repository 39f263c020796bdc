import { certificateFolder, type ServerTls, selfSigned } from '@pointsman/adapter-ext-proc';
import type { Logger } from '@pointsman/core';
import { CommandFailure } from '../command-failure.ts';
import { ExitCode } from '../exit-code.ts';
import { openSslCiphers } from './cipher-suites.ts';
import type { EppOptions } from './epp-options.ts';
import { TLS_VERSIONS } from './tls-versions.ts';

/** @returns undefined for a picker without TLS @throws CommandFailure for flags that do not go together */
export function serverTls(options: EppOptions, log: Logger): ServerTls | undefined {
  const { secureServing, certPath, enableCertReload: reload, tlsMinVersion, tlsCipherSuites } = options;
  if (!secureServing) {
    if (certPath !== undefined) throw new CommandFailure('--cert-path needs --secure-serving', ExitCode.usage);
    return undefined;
  }
  if (reload && certPath === undefined) {
    throw new CommandFailure('--enable-cert-reload needs --cert-path', ExitCode.usage);
  }
  return {
    certificate: certPath === undefined ? selfSigned() : certificateFolder(certPath, { reload, log }),
    ...(tlsMinVersion !== undefined && { minVersion: TLS_VERSIONS[tlsMinVersion] }),
    ...(tlsCipherSuites !== undefined && { ciphers: ciphersOf(tlsCipherSuites) }),
  };
}

function ciphersOf(suites: readonly string[]): string {
  try {
    return openSslCiphers(suites);
  } catch (error) {
    throw new CommandFailure(`--tls-cipher-suites: ${(error as Error).message}`, ExitCode.usage, error);
  }
}
