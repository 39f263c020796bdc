import type { PollInterval } from '@pointsman/core';
import { z } from 'zod';
import { duration } from '../duration.ts';

/** Parameters of every source that asks endpoints over HTTP. */
export function scrapeParams(defaultPath: string) {
  return z.strictObject({
    /** Default: that of the endpoint. */
    scheme: z.enum(['http', 'https']).optional(),
    path: z
      .string()
      .regex(/^[!-~]*$/, 'a path has no spaces, control characters or letters outside ASCII: percent-encode them')
      .default(defaultPath)
      .transform((path) => (path.startsWith('/') ? path : `/${path}`)),
    /** Default: the endpoint's metrics port. */
    port: z.int().min(1).max(65_535).optional(),
    /** With https: does not check the certificate, which suits certificates that model servers made themselves. */
    insecureSkipVerify: z.boolean().default(true),
    /** PEM file of the authorities to trust instead of the system's. */
    caCertPath: z.string().default(''),
    /** PEM files to present to the endpoint; both or none. */
    clientCertPath: z.string().default(''),
    clientKeyPath: z.string().default(''),
    /** Time between scrapes of an endpoint. When it is given, it also holds for idle ones, unless they have their own. */
    interval: duration.optional(),
    /** Time between scrapes of an endpoint where nothing happens. */
    idleInterval: duration.optional(),
  });
}

export type ScrapeParams = z.output<ReturnType<typeof scrapeParams>>;

/** How often to scrape. An interval of 0 means the defaults. */
export function scrapeInterval(params: ScrapeParams, defaults: PollInterval): PollInterval {
  const busyMs = params.interval || defaults.busyMs;
  return { busyMs, idleMs: params.idleInterval || params.interval || defaults.idleMs };
}
