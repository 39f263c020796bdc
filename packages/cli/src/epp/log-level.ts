import type { LogLevel } from '../gateway/log-levels.ts';
import type { EppOptions } from './epp-options.ts';

/** Verbosity from which llm-d's endpoint picker logs every request. */
const DEBUG = 4;

/** Names of zap's levels. */
const ZAP: Readonly<Record<string, LogLevel>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  panic: 'error',
};

export const ZAP_LEVELS: readonly string[] = Object.keys(ZAP);

/** How much is logged: the level that was named most directly. */
export function logLevelOf({ logLevel, zapLogLevel, v }: Pick<EppOptions, 'logLevel' | 'zapLogLevel' | 'v'>): LogLevel {
  return (
    logLevel ?? (zapLogLevel === undefined ? undefined : ZAP[zapLogLevel]) ?? ((v ?? 0) >= DEBUG ? 'debug' : 'info')
  );
}
