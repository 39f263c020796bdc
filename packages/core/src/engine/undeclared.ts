import type { DataKey } from '../contract/data-key.ts';
import { PointsmanError } from '../contract/errors.ts';

/** The error for a plugin that touches data which its definition does not list. */
export function undeclared(
  plugin: string,
  does: 'reads' | 'writes' | 'uses',
  key: DataKey,
  list: 'reads' | 'writes',
): PointsmanError {
  return new PointsmanError('DATA_UNDECLARED', `plugin "${plugin}" ${does} ${key.id} without declaring it`, {
    plugin,
    hint: `Add the key to the ${list} of its definition.`,
  });
}
