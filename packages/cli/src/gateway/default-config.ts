import { DEFAULT_CONFIG } from '@pointsman/config';
import { stringify } from 'yaml';

/** The configuration that is used when nobody has given one, over these model servers, as YAML. */
export function defaultConfig(endpoints: readonly string[]): string {
  return `${DEFAULT_CONFIG}\n${stringify({ endpoints })}`;
}
