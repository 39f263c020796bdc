import { InvalidArgumentError } from 'commander';

/** Reads a port. @throws InvalidArgumentError */
export function portValue(text: string): number {
  return wholeNumber(text, 0, 65_535);
}

/** Reads a count of at least one. @throws InvalidArgumentError */
export function countValue(text: string): number {
  return wholeNumber(text, 1, 10_000);
}

/** Reads a positive number. @throws InvalidArgumentError */
export function positiveValue(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('Expected a number above 0.');
  }
  return value;
}

/** Reads an `http://` or `https://` URL. @throws InvalidArgumentError */
export function urlValue(text: string): string {
  const given = text.includes('://') ? text : `http://${text}`;
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw new InvalidArgumentError('Expected a URL such as http://127.0.0.1:8000.');
  }
  return given.replace(/\/+$/, '');
}

/** Reads URLs with commas between them, after those of earlier occurrences. @throws InvalidArgumentError */
export function urlListValue(text: string, before: readonly string[] = []): readonly string[] {
  return [
    ...before,
    ...text
      .split(',')
      .filter((part) => part.trim() !== '')
      .map((part) => urlValue(part.trim())),
  ];
}

function wholeNumber(text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new InvalidArgumentError(`Expected a whole number in ${least}..${most}.`);
  }
  return value;
}

/** Reads a number that is not negative. @throws InvalidArgumentError */
export function positiveOrZeroValue(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('Expected a number, 0 or above.');
  }
  return value;
}

/** Reads milliseconds. @throws InvalidArgumentError */
export function millisecondsValue(text: string): number {
  return wholeNumber(text, 0, 86_400_000);
}

const UNIT_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000001,
};

/** Reads a duration as Go writes it, such as `30s`, `1m30s` or `0`, in milliseconds. @throws InvalidArgumentError */
export function durationValue(text: string): number {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(h|ms|m|us|µs|ns|s))+$/.test(text)) {
    throw new InvalidArgumentError('Expected a duration such as 30s, 500ms or 1m30s.');
  }
  let ms = 0;
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)/g))
    ms += Number(value) * UNIT_MS[unit!]!;
  return ms;
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1000,
  M: 1e6,
  G: 1e9,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
};

/** Reads an amount of bytes as Kubernetes writes it, such as `4Mi`, `64M` or `1000`. @throws InvalidArgumentError */
export function bytesValue(text: string): number {
  const [, value, unit = ''] = /^(\d+(?:\.\d+)?)(k|M|G|Ki|Mi|Gi)?[Bb]?$/.exec(text) ?? [];
  const bytes = Math.floor(Number(value) * UNIT_BYTES[unit]!);
  if (value === undefined || !(bytes > 0)) throw new InvalidArgumentError('Expected bytes such as 4Mi, 64M or 1000.');
  return bytes;
}

/** Reads a value that may be left out: `--flag` is `--flag=true`. @throws InvalidArgumentError */
export function booleanValue(text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new InvalidArgumentError('Expected true or false.');
}

/** Reads names with commas between them, after those of earlier occurrences. @throws InvalidArgumentError */
export function nameListValue(text: string, before: readonly string[] = []): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('Expected names with commas between them.');
  return [...before, ...names];
}
