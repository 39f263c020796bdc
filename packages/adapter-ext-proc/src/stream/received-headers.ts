import type { HeaderMap } from '../wire/messages.ts';
import type { Headers } from './processor.ts';

/** The headers of one message. */
export function readHeaders(map: HeaderMap | null): Headers {
  // Without a prototype: any name may come.
  const headers: Record<string, string> = Object.create(null);
  if (map === null) return headers;
  for (const { key, value, rawValue } of map.headers) {
    const name = key.toLowerCase();
    const bytes = rawValue !== undefined && rawValue.length > 0 ? rawValue : value;
    const text = bytes === undefined || bytes.length === 0 ? '' : decode(bytes);
    const before = headers[name];
    headers[name] = before === undefined || name.startsWith(':') ? text : `${before}${separator(name)}${text}`;
  }
  return headers;
}

function separator(name: string): string {
  return name === 'cookie' ? '; ' : ', ';
}

function decode(bytes: Uint8Array): string {
  return (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)).toString();
}
