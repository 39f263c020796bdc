import type { ErrorCode } from '@pointsman/core';
import type { YamlDocument } from '../document/yaml-document.ts';
import { type ConfigPath, type ConfigProblem, formatPath } from './config-problem.ts';

/** What may be said beside the message. */
export interface ProblemDetails {
  readonly code?: ErrorCode;
  readonly hint?: string | undefined;
  readonly expected?: string | undefined;
  readonly received?: string | undefined;
  /** Points at the key instead of the value. */
  readonly at?: 'key' | 'value';
}

/** Collects what is wrong with one file, so that everything is said at once. */
export class Reporter {
  readonly file: string;
  readonly #document: YamlDocument;
  readonly #problems: ConfigProblem[] = [];
  readonly #warnings: ConfigProblem[] = [];

  constructor(file: string, document: YamlDocument) {
    this.file = file;
    this.#document = document;
    for (const { line, column, message } of document.problems) {
      this.#problems.push({ file, line, column, path: '', message, code: 'CONFIG_INVALID' });
    }
  }

  error(path: ConfigPath, message: string, details?: ProblemDetails): void {
    this.#problems.push(this.#at(path, message, details));
  }

  warn(path: ConfigPath, message: string, details?: ProblemDetails): void {
    this.#warnings.push(this.#at(path, message, details));
  }

  get hasProblems(): boolean {
    return this.#problems.length > 0;
  }

  /** In the order of the file. */
  get problems(): readonly ConfigProblem[] {
    return this.#problems.toSorted(byPosition);
  }

  get warnings(): readonly ConfigProblem[] {
    return this.#warnings.toSorted(byPosition);
  }

  #at(path: ConfigPath, message: string, details: ProblemDetails = {}): ConfigProblem {
    const { code = 'CONFIG_INVALID', hint, expected, received, at } = details;
    return {
      file: this.file,
      ...this.#document.locate(path, at),
      path: formatPath(path),
      message,
      code,
      ...(expected !== undefined && { expected }),
      ...(received !== undefined && { received }),
      ...(hint !== undefined && { hint }),
    };
  }
}

function byPosition(a: ConfigProblem, b: ConfigProblem): number {
  return a.line - b.line || a.column - b.column;
}
