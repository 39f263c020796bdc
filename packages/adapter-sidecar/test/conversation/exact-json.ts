const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const NUMBER = 'number ';

/** JSON whose numbers are read as texts that are equal when the numbers are, however large and in whatever notation. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text.replace(TOKENS, (token) => (token.startsWith('"') ? token : JSON.stringify(exact(token)))));
}

/** The same text without white space between its tokens. */
export function compact(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\s+/g, (token) => (token.startsWith('"') ? token : ''));
}

/** A number as `parseExactly` reads it. */
export function exact(number: string | number): string {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(
    String(number),
  )!;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return `${NUMBER}0`;
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${NUMBER}${sign}${significant}e${power}`;
}

/** The integer that `exact` came from; undefined for what is none. */
export function integerOf(value: unknown): string | undefined {
  const [, digits, power] = (typeof value === 'string' && /^number (-?\d+)(?:e(\d+))?$/.exec(value)) || [];
  return digits === undefined ? undefined : digits + '0'.repeat(Number(power ?? 0));
}
