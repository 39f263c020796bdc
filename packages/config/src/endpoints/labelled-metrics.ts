import type { EndpointSpec } from '@pointsman/core';
import type { z } from 'zod';
import { host, port } from '../document/endpoint-schema.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import type { Reporter } from '../problems/reporter.ts';

/** Labels of the reference's multicluster discovery. */
const ADDRESS = 'metricsAddress';
const PORT = 'metricsPort';

/**
 * The endpoint with the metrics address that its labels name: `metricsAddress`, at `metricsPort` or at the endpoint's own port.
 * `metricsPort` alone says nothing. Fields of the entry come first. Undefined, and reported, when a label is no address or port.
 */
export function withLabelledMetrics(
  spec: EndpointSpec,
  path: ConfigPath,
  reporter: Reporter,
): EndpointSpec | undefined {
  const { labels = {}, metricsAddress } = spec;
  if (metricsAddress !== undefined || !Object.hasOwn(labels, ADDRESS)) return spec;
  const address = read(host, ADDRESS);
  const ownPort = Object.hasOwn(labels, PORT) ? read(port, PORT) : spec.port;
  if (address === undefined || ownPort === undefined) return undefined;
  return { ...spec, metricsAddress: address, metricsPort: spec.metricsPort ?? ownPort };

  function read<T>(schema: z.ZodType<T>, label: string): T | undefined {
    const parsed = schema.safeParse(labels[label]);
    if (parsed.success) return parsed.data;
    reporter.error([...path, 'labels', label], parsed.error.issues[0]!.message);
    return undefined;
  }
}
