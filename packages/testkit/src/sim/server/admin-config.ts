import { formatDuration } from '../options/duration.ts';
import { formatFault } from '../options/fault.ts';
import { simOptionDescriptors } from '../options/option-descriptors.ts';
import { simOptions } from '../options/sim-options.ts';
import { ApiError } from './api-error.ts';
import { speedOf } from './engine-options.ts';
import type { PlainCall } from './plain-call.ts';
import { sendJson } from './send.ts';
import type { SimContext } from './sim-context.ts';

const CHANGEABLE = new Set(['latencyCalculator', 'timeFactorUnderLoad', 'failureInjectionRate', 'failureTypes']);

/** `GET /admin/config`: all options, by flag. */
export function showConfig({ response, context }: PlainCall): void {
  sendJson(response, 200, configOf(context));
}

/** `POST /admin/config`: changes latencies and injected failures while the server runs. */
export function changeConfig({ body, response, context }: PlainCall): void {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ApiError(400, 'failed to unmarshal payload: a JSON object was expected');
  }
  const changes: Record<string, unknown> = {};
  for (const [flag, value] of Object.entries(body)) {
    const option = simOptionDescriptors.find((each) => each.flag === flag);
    if (!option || !(option.value === 'duration' || CHANGEABLE.has(option.name)) || option.name === 'startupDuration') {
      throw new ApiError(400, `field '${flag}' is not admin-configurable`);
    }
    changes[option.name] = value;
  }
  const { fault: _, ...current } = context.options;
  const parsed = simOptions.safeParse({ ...current, ...changes });
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new ApiError(400, `${issue.path.join('.')}: ${issue.message}`);
  }
  context.options = { ...parsed.data, fault: context.options.fault };
  context.engine.retune(speedOf(context.options));
  sendJson(response, 200, configOf(context));
}

function configOf({ options }: SimContext): Record<string, unknown> {
  return Object.fromEntries(
    simOptionDescriptors.map(({ name, flag, value }) => {
      const current: unknown = options[name as keyof typeof options];
      if (name === 'fault') return [flag, options.fault.map(formatFault)];
      return [flag, value === 'duration' ? formatDuration(current as number) : current];
    }),
  );
}
