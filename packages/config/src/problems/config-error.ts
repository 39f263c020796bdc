import { PointsmanError } from '@pointsman/core';
import { type ConfigProblem, formatProblem } from './config-problem.ts';

/**
 * A configuration that cannot be used, with everything that is wrong with it at once. Its code is CONFIG_INVALID, or
 * that of its only problem.
 */
export class ConfigError extends PointsmanError {
  /** In the order of the file. At least one. */
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], cause?: unknown) {
    const [first] = problems;
    const only = problems.length === 1 ? first : undefined;
    super(
      only?.code ?? 'CONFIG_INVALID',
      only === undefined
        ? [`${first?.file ?? 'configuration'}: ${problems.length} problems`, ...problems.map(formatProblem)].join('\n')
        : formatProblem(only),
      { hint: only?.hint, cause },
    );
    this.problems = problems;
  }

  /** True for a configuration error from any installed copy of the package. */
  static override is(error: unknown): error is ConfigError {
    return PointsmanError.is(error) && Array.isArray((error as Partial<ConfigError>).problems);
  }
}
