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
