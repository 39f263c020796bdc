const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Reads the header `grpc-timeout`. @returns milliseconds, 0 or more; NaN for what is no such value */
export function parseTimeout(text: string): number {
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  return match === null ? Number.NaN : Number(match[1]) * UNIT_MS[match[2]!]!;
}
