import { Option } from 'commander';
import { booleanValue } from '../help/values.ts';

/** A flag as Go has them: `--flag`, `--flag=true`, `--flag=false`. */
export function booleanFlag(name: string, description: string, fallback: boolean): Option {
  return new Option(`--${name} [bool]`, description).preset('true').argParser(booleanValue).default(fallback);
}
