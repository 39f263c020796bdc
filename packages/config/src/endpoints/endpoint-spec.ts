import type { EndpointSpec } from '@pointsman/core';
import type { z } from 'zod';
import type { endpointSchema } from '../document/endpoint-schema.ts';

/** An endpoint of a file as core takes it. */
export function endpointSpec(entry: z.output<typeof endpointSchema>): EndpointSpec {
  return Object.fromEntries(
    Object.entries(entry).filter(([, value]) => value !== undefined),
  ) as unknown as EndpointSpec;
}

/** Its identity in a pool, as core makes it. */
export function endpointId(spec: EndpointSpec): string {
  const host = spec.address.includes(':') ? `[${spec.address}]` : spec.address;
  return `${spec.namespace ?? 'default'}/${spec.name ?? `${host}:${spec.port}`}`;
}
