import { z } from 'zod';
import { ApiError } from './api-error.ts';
import type { PlainCall } from './plain-call.ts';
import { parseFields } from './request-fields.ts';

const adapterFields = z.looseObject({ lora_name: z.string().min(1), lora_path: z.string().nullish() });

/** `POST /v1/load_lora_adapter` and `/v1/unload_lora_adapter` */
export function changeAdapters({ body, response, context }: PlainCall, change: 'load' | 'unload'): void {
  const { lora_name: name, lora_path: path } = parseFields(adapterFields, body);
  const { adapters } = context.models;
  if (change === 'load') adapters.set(name, path ?? '');
  else if (!adapters.delete(name)) throw new ApiError(404, `The lora adapter \`${name}\` cannot be found.`);
  response.writeHead(200, { 'content-length': 0 }).end();
}
