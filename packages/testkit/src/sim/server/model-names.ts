import type { ResolvedSimOptions } from '../options/sim-options.ts';
import { ApiError } from './api-error.ts';

/** The model under all its names, and its adapters. */
export class ModelNames {
  /** The name on the metrics page and in answers. */
  readonly displayed: string;
  readonly names: readonly string[];
  /** Path by name of adapter. */
  readonly adapters = new Map<string, string>();
  readonly #options: ResolvedSimOptions;

  constructor(options: ResolvedSimOptions) {
    this.#options = options;
    this.names = options.servedModelName.length > 0 ? options.servedModelName : [options.model];
    this.displayed = this.names[0]!;
    for (const { name, path } of options.loraModules) this.adapters.set(name, path);
  }

  /** @throws ApiError 404 when nothing is served under this name */
  find(name: string): { readonly displayed: string; readonly adapter: string | undefined } {
    if (this.names.includes(name)) return { displayed: this.displayed, adapter: undefined };
    if (this.adapters.has(name)) return { displayed: name, adapter: name };
    throw new ApiError(404, `The model \`${name}\` does not exist.`);
  }

  /** The answer of `/v1/models`. */
  list(nowMs: number): unknown {
    const shared = {
      object: 'model',
      created: Math.floor(nowMs / 1000),
      owned_by: 'vllm',
      max_model_len: this.#options.maxModelLen,
    };
    return {
      object: 'list',
      data: [
        ...this.names.map((id) => ({ id, ...shared, root: this.#options.model, parent: null })),
        ...[...this.adapters].map(([id, root]) => ({ id, ...shared, root, parent: this.#options.model })),
      ],
    };
  }
}
