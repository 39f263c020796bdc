import type { IncomingMessage } from 'node:http';
import { SidecarError } from '../answer/sidecar-error.ts';
import type { AllowedHosts } from '../server/allowed-hosts.ts';
import type { SidecarMetrics } from '../server/sidecar-metrics.ts';
import { type HostPort, parseHostPort } from './host-port.ts';
import { ROUTING_HEADERS } from './leg-headers.ts';

/** What the picker decided, as far as it concerns a sidecar. */
export interface Routing {
  readonly prefiller: HostPort | undefined;
  readonly encoders: readonly HostPort[];
  readonly source: HostPort | undefined;
}

/** How routing headers are read. */
export interface RoutingOptions {
  readonly allowedHosts: AllowedHosts;
  readonly hasEncoders: boolean;
  readonly canPull: boolean;
  readonly prefillerSampling: boolean;
  readonly random: () => number;
  readonly metrics: SidecarMetrics;
}

/** @throws SidecarError 400 for a prefiller that is no `host:port`, 403 for one that is not allowed */
export function routingOf(request: IncomingMessage, options: RoutingOptions): Routing {
  return {
    prefiller: prefillerOf(request, options),
    encoders: options.hasEncoders ? encodersOf(request, options) : [],
    source: options.canPull ? sourceOf(request, options) : undefined,
  };
}

function prefillerOf(request: IncomingMessage, options: RoutingOptions): HostPort | undefined {
  const named = valuesOf(request, ROUTING_HEADERS.prefiller);
  const chosen = named[options.prefillerSampling ? Math.floor(options.random() * named.length) : 0];
  if (chosen === undefined) return undefined;
  const prefiller = parseHostPort(chosen, 80);
  if (prefiller === undefined) throw new SidecarError(400, `${ROUTING_HEADERS.prefiller} names no host:port`);
  if (!options.allowedHosts(prefiller.host)) {
    options.metrics.hostRefused('prefiller');
    throw new SidecarError(403, 'Forbidden: prefill target not allowed by SSRF protection');
  }
  return prefiller;
}

/** What is no `host:port`, or not allowed, is left out: media can also be encoded where the prompt is computed. */
function encodersOf(request: IncomingMessage, options: RoutingOptions): HostPort[] {
  const encoders: HostPort[] = [];
  for (const value of valuesOf(request, ROUTING_HEADERS.encoders)) {
    const encoder = parseHostPort(value, 80);
    if (encoder === undefined) continue;
    if (options.allowedHosts(encoder.host)) encoders.push(encoder);
    else options.metrics.hostRefused('encoder');
  }
  return encoders;
}

/** A source only saves work, so one that is not right is ignored. */
function sourceOf(request: IncomingMessage, options: RoutingOptions): HostPort | undefined {
  const [value] = valuesOf(request, ROUTING_HEADERS.source);
  const source = value === undefined || value.includes('//') ? undefined : parseHostPort(value);
  if (source === undefined) return undefined;
  if (options.allowedHosts(source.host)) return source;
  options.metrics.hostRefused('source');
  return undefined;
}

/** The values of all lines of a header, each of which may hold several with commas between them. */
function valuesOf({ headersDistinct }: IncomingMessage, name: string): string[] {
  const lines = headersDistinct[name] ?? [];
  return lines
    .flatMap((line) => line.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}
