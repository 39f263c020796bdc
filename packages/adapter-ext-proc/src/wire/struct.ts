import type { Struct, Value } from './messages.ts';
import type { ProtoReader } from './proto-reader.ts';
import type { ProtoWriter } from './proto-writer.ts';
import { readMap } from './read-map.ts';

export const EMPTY_STRUCT: Struct = Object.freeze({ fields: Object.freeze({}) });
const EMPTY_VALUE: Value = Object.freeze({});

/** google.protobuf.Struct: a JSON object. */
export function readStruct(reader: ProtoReader): Struct {
  return { fields: readMap(reader, EMPTY_VALUE, readValue) };
}

function readValue(reader: ProtoReader): Value {
  let value = EMPTY_VALUE;
  const outer = reader.enter();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        value = { nullValue: reader.uint() };
        break;
      case 2:
        value = { numberValue: reader.double() };
        break;
      case 3:
        value = { stringValue: reader.string() };
        break;
      case 4:
        value = { boolValue: reader.bool() };
        break;
      case 5:
        value = { structValue: readStruct(reader) };
        break;
      case 6:
        value = { listValue: { values: readList(reader) } };
        break;
      default:
        reader.skip();
    }
  }
  reader.leave(outer);
  return value;
}

function readList(reader: ProtoReader): Value[] {
  const values: Value[] = [];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) values.push(readValue(reader));
    else reader.skip();
  }
  reader.leave(outer);
  return values;
}

export function writeStruct(writer: ProtoWriter, field: number, { fields }: Struct): void {
  const end = writer.end();
  for (const name in fields) {
    const entry = writer.end();
    writeValue(writer, 2, fields[name]!);
    writer.string(1, name);
    writer.message(1, entry);
  }
  writer.message(field, end);
}

function writeValue(writer: ProtoWriter, field: number, value: Value): void {
  const end = writer.end();
  if (value.stringValue !== undefined) writer.string(3, value.stringValue);
  else if (value.numberValue !== undefined) writer.double(2, value.numberValue);
  else if (value.boolValue !== undefined) writer.bool(4, value.boolValue);
  else if (value.structValue !== undefined) writeStruct(writer, 5, value.structValue);
  else if (value.listValue !== undefined) writeList(writer, value.listValue.values);
  else writer.uint(1, 0);
  writer.message(field, end);
}

function writeList(writer: ProtoWriter, values: readonly Value[]): void {
  const end = writer.end();
  for (let i = values.length - 1; i >= 0; i--) writeValue(writer, 1, values[i]!);
  writer.message(6, end);
}
