import type { IncomingHttpHeaders } from 'node:http';
import type { Decision, ResponseEdits } from '@pointsman/core';
import { answerHeaders } from '@pointsman/http-relay';
import { GATEWAY_HEADERS, headerValue, maySet } from './gateway-headers.ts';

/**
 * Headers for the client, as a flat list of names and values: those of the model server, then ours, then plugins'.
 * @param hasLength whether the length that the model server told holds
 */
export function clientHeaders(
  received: IncomingHttpHeaders,
  requestId: string,
  decision: Decision,
  edits: ResponseEdits,
  hasLength: boolean,
): string[] {
  const headers = answerHeaders(
    received,
    hasLength,
    (name) => isOurs(name) || (Object.hasOwn(edits, name) && maySet(name)),
  );
  headers.push(GATEWAY_HEADERS.requestId, requestId);
  headers.push(GATEWAY_HEADERS.endpoint, headerValue(decision.target.id));
  headers.push(GATEWAY_HEADERS.decision, headerValue(decision.id));
  for (const name in edits) {
    if (edits[name] !== '' && maySet(name) && !isOurs(name)) headers.push(name, headerValue(edits[name]!));
  }
  return headers;
}

function isOurs(name: string): boolean {
  return name === GATEWAY_HEADERS.requestId || name === GATEWAY_HEADERS.endpoint || name === GATEWAY_HEADERS.decision;
}

/** The model server's headers as plugins see them; repeated ones are joined. */
export function singleValued(received: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> {
  let joined: Record<string, string | undefined> | undefined;
  for (const name in received) {
    const value = received[name];
    if (!Array.isArray(value)) continue;
    joined ??= { ...(received as Record<string, string | undefined>) };
    joined[name] = value.join(', ');
  }
  return joined ?? (received as Record<string, string | undefined>);
}
