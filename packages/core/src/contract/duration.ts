const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/** A length of time as Go, and so llm-d's configuration, writes it: `300ms`, `1m30s`, `-2h`, `0`. */
export const DURATION_TEXT = /^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;

/** @param duration a {@link DURATION_TEXT} @returns milliseconds, which may be a fraction or negative */
export function millisecondsOf(duration: string): number {
  let ms = 0;
  for (const [, number, unit] of duration.matchAll(PART)) ms += Number(number) * UNIT_MS[unit!]!;
  return duration.startsWith('-') ? -ms : ms;
}
