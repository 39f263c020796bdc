const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1000,
  m: 1000 ** 2,
  g: 1000 ** 3,
  t: 1000 ** 4,
  ki: 1024,
  mi: 1024 ** 2,
  gi: 1024 ** 3,
  ti: 1024 ** 4,
};

/** A number of bytes as people write it: `2GiB`, `500MB`, `1048576`. */
export const SIZE_TEXT = /^\s*\d+(\.\d+)?\s*([kmgt]i?)?b?\s*$/i;

/** @param size a {@link SIZE_TEXT} @returns bytes, a whole number */
export function bytesOf(size: string): number {
  const [, number = '0', unit = ''] = /([\d.]+)\s*([kmgt]i?)?/i.exec(size) ?? [];
  return Math.floor(Number(number) * UNIT_BYTES[unit.toLowerCase()]!);
}
