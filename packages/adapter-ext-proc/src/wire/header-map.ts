import type { Headers } from './messages.ts';
import type { ProtoReader } from './proto-reader.ts';

/** Reads the headers of one message: names in lower case, the values of a repeated name joined. */
export function readHeaderMap(reader: ProtoReader): Headers {
  // Without a prototype: any name may come.
  const headers: Record<string, string> = Object.create(null);
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) readHeader(reader, headers);
    else reader.skip();
  }
  reader.leave(outer);
  return headers;
}

function readHeader(reader: ProtoReader, headers: Record<string, string>): void {
  let key = '';
  let value = '';
  let rawValue = '';
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) key = reader.string();
    // Envoy sends bytes, which need not be UTF-8; the text form is what tests and older proxies send.
    else if (reader.field === 3) rawValue = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  const name = key.toLowerCase();
  const text = rawValue === '' ? value : rawValue;
  const before = headers[name];
  headers[name] = before === undefined || name.startsWith(':') ? text : `${before}${separator(name)}${text}`;
}

function separator(name: string): string {
  return name === 'cookie' ? '; ' : ', ';
}
