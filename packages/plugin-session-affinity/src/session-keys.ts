import { requestValue } from '@pointsman/core';

/** The session that a request belongs to, as a `session-id-producer` read it. */
export const sessionId = <const Producer extends string = 'session-id-producer'>(
  producer: Producer = 'session-id-producer' as Producer,
) => requestValue<string>()(`SessionIDDataKey/${producer}`);
