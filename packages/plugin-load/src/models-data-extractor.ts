import { defineExtractor, endpointValue } from '@pointsman/core';
import { z } from 'zod';

/** A model that an endpoint serves. */
export interface ServedModel {
  readonly id: string;
  /** The base model of a LoRA adapter; empty for a base model. */
  readonly parent: string;
}

/** The models that each endpoint serves, adapters included. */
export const servedModels = endpointValue<readonly ServedModel[]>()('/v1/models/models-data-extractor');

const modelList = z.object({
  data: z.array(z.object({ id: z.string(), parent: z.string().nullish() })),
});

/** Turns the answer of `/v1/models` into {@link servedModels}. */
export const modelsDataExtractor = defineExtractor({
  type: 'models-data-extractor',
  description: 'Reads which models each endpoint serves.',
  params: z.looseObject({}),
  reads: [servedModels],
  writes: [servedModels],
  create: ({ read, write }) => {
    const before = read(servedModels);
    const models = write(servedModels);
    return {
      extract(payload, endpoint) {
        const list = modelList.safeParse(payload);
        if (!list.success) {
          throw new TypeError(`the answer of ${endpoint.id} is no list of models: ${z.prettifyError(list.error)}`);
        }
        const next = list.data.data.map(({ id, parent }) => ({ id, parent: parent ?? '' }));
        const same = JSON.stringify(before.values[endpoint.row]) === JSON.stringify(next);
        models.set(endpoint, next);
        return !same;
      },
    };
  },
});
