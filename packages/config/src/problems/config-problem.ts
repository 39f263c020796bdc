import type { ErrorCode } from '@pointsman/core';

/** Where something stands in a configuration: keys and list positions from the top. */
export type ConfigPath = readonly (string | number)[];

/** One thing that is wrong, or noteworthy, in a configuration. */
export interface ConfigProblem {
  /** Name of the file as it was given; `configuration` for text without a file. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in characters. */
  readonly column: number;
  /** Such as `plugins[0].parameters.zone`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong, without the parts below. */
  readonly message: string;
  readonly code: ErrorCode;
  readonly expected?: string;
  readonly received?: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** One line for people: `file:line:col path: message. Hint`. */
export function formatProblem(problem: ConfigProblem): string {
  const { file, line, column, path, message, hint } = problem;
  const where = `${file}:${line}:${column}${path === '' ? '' : ` ${path}`}`;
  return `${where}: ${message}${hint === undefined ? '' : `. ${hint}`}`;
}

/** Writes a path as people do: `plugins[0].parameters.zone`. */
export function formatPath(path: ConfigPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
