import type { DecideAnswer } from './answer.ts';

/** The answer as JSON. Numbers that JSON cannot hold are the texts `NaN`, `Infinity`, `-Infinity`. */
export function answerJson(answer: DecideAnswer, indent?: number): string {
  return JSON.stringify(
    answer,
    (_key, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value),
    indent,
  );
}
