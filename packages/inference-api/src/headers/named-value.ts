import type { RequestHeaders } from './request-headers.ts';

/** What a header says that has an older name, too, which counts where the newer one is absent; undefined for nothing. */
export function namedValue(headers: RequestHeaders, name: string, olderName: string): string | undefined {
  const named = headers[name] ?? headers[olderName];
  const first = typeof named === 'string' ? named : named?.[0];
  return first === '' ? undefined : first;
}
