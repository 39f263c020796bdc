import { hopByHopHeaders } from '@pointsman/inference-api';

/** Names of the headers that the gateway sets on answers, lower-case. */
export const GATEWAY_HEADERS = {
  /** The client's id of the request, or one that the gateway made. */
  requestId: 'x-request-id',
  /** Id of the endpoint that answered. */
  endpoint: 'x-pointsman-endpoint',
  /** Id of the decision, to be asked about on the admin listener. */
  decision: 'x-pointsman-decision',
  /** Why a request was turned away, in llm-d's words. */
  reason: 'x-llm-d-request-dropped-reason',
} as const;

const UNPRINTABLE = /[^\x20-\x7e]/;
const ALL_UNPRINTABLE = /[^\x20-\x7e]/g;

/** A text that may stand in a header: names come from configuration and may hold anything. */
export function headerValue(text: string): string {
  return UNPRINTABLE.test(text) ? text.replace(ALL_UNPRINTABLE, '?') : text;
}

const TOKEN = /^[!#$%&'*+.^_`|~\da-z-]+$/;

/** What frames a message is the gateway's to say. */
const FRAMING: ReadonlySet<string> = new Set([...hopByHopHeaders([]), 'content-length', 'expect']);

/** Whether plugins may set a header; `name` in lower case. What is no name at all, nobody may. */
export function maySet(name: string): boolean {
  return !FRAMING.has(name) && TOKEN.test(name);
}
