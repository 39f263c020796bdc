import { z } from 'zod';

const port = z.int().min(0).max(65_535);
const milliseconds = z.number().min(0);
const hostName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i, 'expected a host name without scheme and port, such as admin.internal');
const httpPath = z.string().regex(/^\//, 'expected a path that begins with /');

/** The HTTP gateway. What is left out is as the HTTP adapter has it. */
export const gatewaySchema = z.strictObject({
  host: z.string().min(1).optional().describe('Address to listen on. Default: all addresses.'),
  port: port.default(8080).describe('Port to listen on; 0 takes a free one.'),
  limits: z
    .strictObject({ bodyBytes: z.int().positive().optional().describe('Longer request bodies get 413.') })
    .optional(),
  timeouts: z
    .strictObject({
      connectMs: milliseconds.optional(),
      headersMs: milliseconds.optional(),
      idleMs: milliseconds.optional(),
      clientStallMs: milliseconds.optional(),
    })
    .optional()
    .describe('Milliseconds; 0 waits for ever.'),
  retry: z
    .union([
      z.literal(false),
      z.strictObject({
        attempts: z.int().min(0).optional(),
        on: z.array(z.enum(['connect', 'closed', 'timeout'])).optional(),
        statuses: z.array(z.int().min(100).max(599)).optional(),
        budget: z
          .strictObject({ ratio: z.number().min(0).optional(), minPerSecond: z.number().min(0).optional() })
          .optional(),
      }),
    ])
    .optional()
    .describe('Attempts on other endpoints before the first byte of an answer; false for none.'),
  health: z
    .union([z.literal(false), z.strictObject({ livePath: httpPath.optional(), readyPath: httpPath.optional() })])
    .optional(),
  upstream: z
    .strictObject({ connections: z.int().positive().optional(), keepAliveMs: milliseconds.optional() })
    .optional(),
  http: z
    .strictObject({
      keepAliveMs: milliseconds.optional(),
      requestMs: milliseconds.optional(),
      headerBytes: z.int().positive().optional(),
    })
    .optional(),
});

/** The admin listener. */
export const adminSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on. Loopback unless told otherwise.'),
  port: port.default(9090).describe('Port to listen on; 0 takes a free one.'),
  token: z
    .union([z.string().min(1), z.strictObject({ env: z.string().min(1) })])
    .optional()
    .describe('Bearer token that callers must show, or the environment variable that holds it.'),
  allowedHosts: z
    .array(hostName)
    .optional()
    .describe('Host names under which it is reached, beside localhost and IP addresses.'),
});

/** How the gateway listens and forwards: the `gateway` section, defaults filled in. */
export type GatewaySection = z.output<typeof gatewaySchema>;

/** How the admin listener is reached: the `admin` section, defaults filled in and the token looked up. */
export interface AdminSection {
  readonly host: string;
  readonly port: number;
  readonly token?: string;
  readonly allowedHosts?: readonly string[];
}
