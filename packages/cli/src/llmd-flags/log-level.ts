import type { LogLevel } from '../process/log-levels.ts';

/** Verbosity from which programs of llm-d log every request. */
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

/** The ways to say how much is logged. */
interface LogOptions {
  readonly logLevel?: LogLevel;
  readonly zapLogLevel?: string;
  readonly v?: number;
}

/** How much is logged: the level that was named most directly. */
export function logLevelOf({ logLevel, zapLogLevel, v }: LogOptions): LogLevel {
  return (
    logLevel ?? (zapLogLevel === undefined ? undefined : ZAP[zapLogLevel]) ?? ((v ?? 0) >= DEBUG ? 'debug' : 'info')
  );
}
