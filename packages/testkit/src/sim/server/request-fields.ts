import { z } from 'zod';
import { ApiError, malformed } from './api-error.ts';
import type { GenerationRequest, Prompt } from './generation-request.ts';
import type { SimContext } from './sim-context.ts';

/** Fields that every generating API understands. */
export const sharedFields = {
  model: z.string().nullish(),
  stream: z.boolean().nullish(),
  ignore_eos: z.boolean().nullish(),
  cache_hit_threshold: z.number().nullish(),
  cache_salt: z.string().nullish(),
  kv_transfer_params: z
    .looseObject({ do_remote_decode: z.boolean().nullish(), do_remote_prefill: z.boolean().nullish() })
    .nullish(),
};

/** `stop` of the OpenAI APIs. */
export const stopField = z.union([z.string(), z.array(z.string())]).nullish();

/** A limit of tokens or a number of answers. */
export const wholeNumber = z.number().int().nullish();

type SharedFields = z.output<z.ZodObject<typeof sharedFields>>;

/** @throws ApiError 400 that names the field */
export function parseFields<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw malformed(issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`);
}

/** What differs between the APIs. */
export interface RequestParts {
  readonly prompts: readonly Prompt[];
  readonly copies?: number | null | undefined;
  readonly maxTokens: number | null | undefined;
  readonly stop?: string | readonly string[] | null | undefined;
  readonly callTools?: GenerationRequest['callTools'];
  /** The client asks to be told that too little is cached, whatever is. */
  readonly refusesAlways: boolean;
}

/** Checks what all APIs have in common. @throws ApiError */
export function generationRequest(fields: SharedFields, parts: RequestParts, context: SimContext): GenerationRequest {
  const { displayed, adapter } = context.models.find(fields.model ?? '');
  const copies = parts.copies ?? 1;
  const maxTokens = parts.maxTokens ?? undefined;
  if (copies < 1) throw new ApiError(400, 'n must be at least 1');
  if (maxTokens !== undefined && maxTokens <= 0) {
    throw new ApiError(400, 'Max completion tokens and max tokens should be positive');
  }
  if (fields.ignore_eos && maxTokens === undefined) {
    throw new ApiError(400, 'Ignore_eos is true but max_completion_tokens (or max_tokens) is not set');
  }
  for (const { tokens } of parts.prompts) checkLength(tokens.length, maxTokens ?? 1, context.options.maxModelLen);
  const remoteDecode = fields.kv_transfer_params?.do_remote_decode ?? false;
  const stream = fields.stream ?? false;
  if (remoteDecode && stream) throw new ApiError(400, 'Prefill does not support streaming');
  const { stop } = parts;
  return {
    model: displayed,
    adapter,
    prompts: parts.prompts,
    copies,
    maxTokens,
    ignoreEos: fields.ignore_eos ?? false,
    stop: typeof stop === 'string' ? [stop] : (stop ?? []),
    callTools: parts.callTools,
    stream,
    cacheHitThreshold: parts.refusesAlways
      ? Number.POSITIVE_INFINITY
      : threshold(fields.cache_hit_threshold ?? undefined, context),
    cacheSalt: fields.cache_salt ?? undefined,
    remotePrefill: fields.kv_transfer_params?.do_remote_prefill ?? false,
    remoteDecode,
  };
}

function checkLength(promptTokens: number, outputTokens: number, longest: number): void {
  const total = promptTokens + outputTokens;
  if (total <= longest) return;
  throw new ApiError(
    400,
    `This model's maximum context length is ${longest} tokens. However, you requested ${total} tokens ` +
      `(${promptTokens} in the messages, ${outputTokens} in the completion). ` +
      'Please reduce the length of the messages or completion',
  );
}

/** A threshold in the request, if it is one, wins over the server's. Without a cache there is none. */
function threshold(requested: number | undefined, { options }: SimContext): number | undefined {
  if (!options.enableKvcache) return undefined;
  if (requested !== undefined && requested >= 0 && requested <= 1) return requested;
  return options.globalCacheHitThreshold;
}
