import type { Logger } from '@pointsman/core';
import { destination, pino } from 'pino';
import type { LogLevel } from './log-levels.ts';

/** Logs JSON lines to standard error: `level`, `time`, `msg` and the fields of the message. */
export function createLog(level: LogLevel): Logger {
  const log = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Written at once: the last lines before an end are those that matter.
    destination({ fd: 2, sync: true }),
  );
  return {
    debug: (message, fields = {}) => log.debug(fields, message),
    info: (message, fields = {}) => log.info(fields, message),
    warn: (message, fields = {}) => log.warn(fields, message),
    error: (message, fields = {}) => log.error(fields, message),
  };
}
