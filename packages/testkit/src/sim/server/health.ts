import { ApiError } from './api-error.ts';
import type { PlainCall } from './plain-call.ts';

/** `GET /health` */
export function health({ response }: PlainCall): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 0 }).end();
}

/** `GET /health/ready`: not before the startup time has passed. */
export function readiness(call: PlainCall): void {
  const { clock, startedAtMs, options } = call.context;
  if (clock.now() < startedAtMs + options.startupDuration) throw new ApiError(503, 'The server is still starting.');
  health(call);
}
