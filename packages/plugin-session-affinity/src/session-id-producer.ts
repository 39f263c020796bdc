import { defineFetcher } from '@pointsman/core';
import { z } from 'zod';
import { headerName } from './header-name.ts';
import { sessionId } from './session-keys.ts';

/** Reads the session id of a request from a header or from a cookie, for other plugins. */
export const sessionIdProducer = defineFetcher({
  type: 'session-id-producer',
  description: 'Reads the session id of a request from a header or a cookie.',
  params: z
    .strictObject({
      /** Header that carries the id. */
      headerName: headerName.default(''),
      /** Cookie that carries the id; upper and lower case matter. */
      cookieName: z
        .string()
        .default('')
        .transform((name) => name.trim()),
    })
    .refine(({ headerName: header, cookieName }) => (header === '') !== (cookieName === ''), {
      message: 'exactly one of headerName and cookieName must be set',
    }),
  writes: (_params, name) => [sessionId(name)],
  create: ({ params: { headerName: header, cookieName }, name }) => {
    const key = sessionId(name);
    return {
      prepare(cycle, sink) {
        const { headers } = cycle.request;
        const id = header === '' ? cookieOf(headers['cookie'] ?? '', cookieName) : headers[header]?.trim();
        if (id !== undefined && id !== '') sink.set(key, id);
      },
    };
  },
});

/** The value of the first cookie of that name which has one. */
function cookieOf(cookies: string, wanted: string): string | undefined {
  for (const part of cookies.split(';')) {
    const cookie = part.trim();
    if (!cookie.startsWith(wanted) || cookie[wanted.length] !== '=') continue;
    const value = cookie.slice(wanted.length + 1).trim();
    if (value !== '') return value;
  }
  return undefined;
}
