import { z } from 'zod';
import { answer } from './answer.ts';
import { readPrompts } from './completions.ts';
import { refusesAlways } from './force-threshold.ts';
import { GenerateForm } from './generate-form.ts';
import { generationRequest, parseFields, sharedFields, wholeNumber } from './request-fields.ts';
import type { SimCall } from './sim-call.ts';

const transfer = sharedFields.kv_transfer_params;

const fieldsOfGenerate = z.looseObject({
  ...sharedFields,
  token_ids: z.array(z.number()),
  sampling_params: z
    .looseObject({
      max_tokens: wholeNumber,
      ignore_eos: z.boolean().nullish(),
      extra_args: z.looseObject({ kv_transfer_params: transfer }).nullish(),
    })
    .nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});

/** `POST /inference/v1/generate`: token ids in, token ids out. */
export function generate(call: SimCall): void {
  const fields = parseFields(fieldsOfGenerate, call.body);
  const sampling = fields.sampling_params ?? {};
  const request = generationRequest(
    {
      ...fields,
      ignore_eos: sampling.ignore_eos,
      kv_transfer_params: fields.kv_transfer_params ?? sampling.extra_args?.kv_transfer_params,
    },
    {
      prompts: readPrompts(fields.token_ids),
      maxTokens: sampling.max_tokens,
      refusesAlways: refusesAlways(call.headers),
    },
    call.context,
  );
  const form = new GenerateForm(request, call.id, fields.stream_options?.include_usage ?? false);
  answer(request, form, call.faults, call.response, call.context);
}
