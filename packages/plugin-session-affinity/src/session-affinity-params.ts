import { type Cycle, optional, requestValue } from '@pointsman/core';
import { z } from 'zod';
import { headerName } from './header-name.ts';

/** Seconds; 0 stands for the default. Checked where the strategy uses it. */
const seconds = (fallback: number) =>
  z
    .number()
    .default(fallback)
    .transform((value) => (value === 0 ? fallback : value));

const source = z.strictObject({
  /** Header that carries the session id. */
  header: headerName.default(''),
  /** Request data that carries it: the data type, such as `agent-identity` or `SessionIDDataKey`. */
  attribute: z.string().default(''),
  /** Instance name of the plugin that writes the attribute; empty for data without one. */
  producer: z.string().default(''),
});

/** Where a session id may come from. */
export type SessionSource = z.output<typeof source>;

const DEFAULT_SOURCES = [{ header: 'x-session-id', attribute: '', producer: '' }];

/** Parameters of every session-affinity plugin. */
export const sessionAffinityParams = z
  .strictObject({
    /** `encoded_endpoint_header`: the client carries the endpoint in a header. `session_id`: the scheduler remembers. */
    strategy: z.enum(['encoded_endpoint_header', 'session_id']).default('encoded_endpoint_header'),
    /** The profile whose target is the session's endpoint; empty for the one that serves the request. */
    profileName: z.string().default(''),
    encodedEndpointHeaderConfig: z
      .strictObject({
        /** Header of the request and of the response; blank for the default. */
        header: headerName.default('').transform((name) => name || 'x-session-token'),
      })
      .prefault({}),
    sessionIdConfig: z
      .strictObject({
        /** The first that yields text which is not blank wins. */
        sources: z
          .array(source)
          .default([])
          .transform((sources) => (sources.length === 0 ? DEFAULT_SOURCES : sources)),
        /** Seconds after which a session that was not seen is forgotten. */
        evictionTtlSeconds: seconds(300),
        /** Seconds between two looks for sessions to forget. */
        evictionSweepSeconds: seconds(10),
        /** Bytes that remembered sessions may take; beyond, those seen longest ago are forgotten. */
        maxBytes: z
          .int()
          .min(65_536)
          .default(64 * 1024 * 1024),
      })
      .prefault({}),
  })
  .superRefine(({ strategy, sessionIdConfig }, context) => {
    // As in the reference, what the chosen strategy does not use may be wrong.
    if (strategy !== 'session_id') return;
    for (const name of ['evictionTtlSeconds', 'evictionSweepSeconds'] as const) {
      if (sessionIdConfig[name] > 0) continue;
      const message = `must be greater than 0, or 0 for the default; it is ${sessionIdConfig[name]}`;
      context.addIssue({ code: 'custom', path: ['sessionIdConfig', name], message });
    }
    for (const [i, { header, attribute }] of sessionIdConfig.sources.entries()) {
      if ((header === '') !== (attribute === '')) continue;
      const message = 'must name exactly one of header and attribute';
      context.addIssue({ code: 'custom', path: ['sessionIdConfig', 'sources', i], message });
    }
  });

export type SessionAffinityParams = z.output<typeof sessionAffinityParams>;

/** The request data of a source; undefined for a header. Optional, because another source may do. */
export function sourceKey({ attribute, producer }: SessionSource) {
  if (attribute === '') return undefined;
  return optional(requestValue<unknown>()(producer === '' ? attribute : `${attribute}/${producer}`));
}

/** What the plugins of this package read. */
export type SessionKeys = readonly NonNullable<ReturnType<typeof sourceKey>>[];
export type SessionCycle = Cycle<SessionKeys>;

/** Everything that the strategy reads. */
export function sourceKeys({ strategy, sessionIdConfig }: SessionAffinityParams): SessionKeys {
  if (strategy !== 'session_id') return [];
  return sessionIdConfig.sources.map(sourceKey).filter((key) => key !== undefined);
}
