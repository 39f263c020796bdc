import { type HeaderField, STATIC_TABLE } from './static-table.ts';

/** A header block that refers to nothing but the table that everybody knows: it is right on every connection. */
export function encodeHeaders(fields: readonly HeaderField[]): Buffer {
  return Buffer.concat(fields.map(encodeField));
}

function encodeField([name, value]: HeaderField): Buffer {
  const whole = STATIC_TABLE.findIndex((field) => field[0] === name && field[1] === value);
  if (whole >= 0) return integer(0x80, 7, whole + 1);
  const named = STATIC_TABLE.findIndex((field) => field[0] === name);
  if (named >= 0) return Buffer.concat([integer(0, 4, named + 1), text(value)]);
  return Buffer.concat([integer(0, 4, 0), text(name), text(value)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([integer(0, 7, bytes.length), bytes]);
}

function integer(high: number, prefixBits: number, value: number): Buffer {
  const mask = 2 ** prefixBits - 1;
  if (value < mask) return Buffer.from([high | value]);
  const bytes = [high | mask];
  let rest = value - mask;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
