import type { PointsmanError } from '@pointsman/core';
import type { ConfigProblem } from '../problems/config-problem.ts';

/** What became of a change of configuration. */
export type ReloadResult =
  | {
      readonly ok: true;
      /** Pools in which plugins were added, changed or removed. */
      readonly changed: readonly string[];
      readonly warnings: readonly ConfigProblem[];
    }
  | {
      readonly ok: false;
      /** Why nothing has changed; a ConfigError where the file is to blame. */
      readonly error: PointsmanError;
    };
