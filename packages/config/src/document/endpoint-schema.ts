import { isIP } from 'node:net';
import { z } from 'zod';

const HOST_NAME =
  /^(?=.{1,253}\.?$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;
const LOOKS_LIKE_IPV4 = /^[\d.]+$/;

/** Host name, IPv4 or IPv6 address, the latter with or without brackets. */
export const host = z
  .string()
  .transform((text) => text.replace(/^\[(.*)\]$/, '$1'))
  .refine((text) => isIP(text) !== 0 || (HOST_NAME.test(text) && !LOOKS_LIKE_IPV4.test(text)), {
    message: 'expected a host name or an IP address',
  });

/** A port as a number or, as in files for the reference, as text. */
export const port = z
  .union([z.int(), z.string().regex(/^\d+$/, 'expected a port number').transform(Number)])
  .refine((number) => number >= 1 && number <= 65_535, { message: 'expected a port in 1..65535' });

/** Labels are texts; numbers and booleans are taken as what they look like. */
const label = z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]);

/** One endpoint, in the form of the reference's file discovery and with what it does not have. */
export const endpointSchema = z.strictObject({
  name: z.string().min(1).optional().describe('Default: `address:port`.'),
  namespace: z.string().min(1).optional().describe('Default: `default`.'),
  address: host.describe('Host name, IPv4 or IPv6 address.'),
  port,
  labels: z.record(z.string(), label).optional(),
  scheme: z.enum(['http', 'https']).optional(),
  metricsAddress: host.optional().describe('Where metrics are scraped, when not at `address`.'),
  metricsPort: port.optional(),
});

/** `http://host:port`, and nothing more: paths are those of the requests. */
const endpointUrl = z.string().refine(isOrigin, { message: 'expected a URL such as http://10.0.0.1:8000' });

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, search, hash, username, hostname } = new URL(text);
  const isBare = pathname === '/' && search === '' && hash === '' && username === '' && hostname !== '';
  return (protocol === 'http:' || protocol === 'https:') && isBare;
}

/** An entry of the `endpoints` list. */
export const endpointEntrySchema = z.union([endpointUrl, endpointSchema]);

/** `endpoints: { file }` */
export const endpointFileSchema = z.strictObject({
  file: z.string().min(1).describe('Path of a YAML or JSON file with `endpoints:`, relative to this file.'),
  watch: z.boolean().default(true).describe('Follow changes of the file.'),
});
