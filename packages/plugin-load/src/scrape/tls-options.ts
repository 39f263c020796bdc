import { readFileSync } from 'node:fs';
import { PointsmanError } from '@pointsman/core';
import type { ScrapeParams } from './scrape-params.ts';

/** What a TLS connection to an endpoint needs. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Reads the certificates that the parameters name. @throws PointsmanError PARAMS_INVALID */
export function tlsOptions(params: ScrapeParams, plugin: string): TlsOptions {
  const { insecureSkipVerify, caCertPath, clientCertPath, clientKeyPath } = params;
  if (params.scheme === 'http') return { rejectUnauthorized: !insecureSkipVerify };
  if ((clientCertPath === '') !== (clientKeyPath === '') && params.scheme === 'https') {
    throw new PointsmanError('PARAMS_INVALID', `${plugin}: clientCertPath and clientKeyPath belong together`, {
      plugin,
      hint: 'Give both, or none.',
    });
  }
  const read = (parameter: string, path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw new PointsmanError('PARAMS_INVALID', `${plugin}: ${parameter} cannot be read: ${path}`, {
        plugin,
        cause: error,
      });
    }
  };
  return {
    rejectUnauthorized: !insecureSkipVerify,
    ...(caCertPath === '' ? {} : { ca: read('caCertPath', caCertPath) }),
    ...(clientCertPath === '' || clientKeyPath === ''
      ? {}
      : { cert: read('clientCertPath', clientCertPath), key: read('clientKeyPath', clientKeyPath) }),
  };
}
