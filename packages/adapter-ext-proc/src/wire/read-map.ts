import type { ProtoReader } from './proto-reader.ts';

/**
 * Reads the message that the field is, as far as it has a map of texts to messages in its field 1.
 * @param absent the value of an entry without one
 */
export function readMap<T>(reader: ProtoReader, absent: T, readValue: (reader: ProtoReader) => T): Record<string, T> {
  // Without a prototype: any name may come.
  const map: Record<string, T> = Object.create(null);
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    let name = '';
    let value = absent;
    const entry = reader.enter();
    while (reader.next()) {
      if (reader.field === 1) name = reader.string();
      else if (reader.field === 2) value = readValue(reader);
      else reader.skip();
    }
    reader.leave(entry);
    map[name] = value;
  }
  reader.leave(outer);
  return map;
}
