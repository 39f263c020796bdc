import type { EndpointSource, Logger } from '@pointsman/core';
import { ConfigError } from '../problems/config-error.ts';
import type { WatchOptions } from '../reload/file-watcher.ts';
import type { EndpointFile } from '../resolve/resolve-endpoints.ts';
import { fileEndpoints, readEndpointFile } from './file-endpoints.ts';

/** The endpoint sources of files: one for each file, so that a reload leaves it running. */
export class EndpointFiles {
  readonly #sources = new Map<string, EndpointSource>();
  readonly #options: WatchOptions & { readonly log: Logger };

  constructor(options: WatchOptions & { readonly log: Logger }) {
    this.#options = options;
  }

  readonly sourceOf = (file: EndpointFile): EndpointSource => {
    const id = `${file.watch}:${file.metricsFromLabels === true}:${file.path}`;
    let source = this.#sources.get(id);
    if (source === undefined) {
      source = fileEndpoints({ ...this.#options, ...file });
      this.#sources.set(id, source);
    }
    return source;
  };

  /** Those that were not there before have to be right before anything is swapped. @throws ConfigError */
  async check(files: readonly EndpointFile[], current: readonly EndpointFile[]): Promise<void> {
    for (const file of files) {
      const { path, metricsFromLabels } = file;
      if (current.some((known) => known.path === path && known.metricsFromLabels === metricsFromLabels)) continue;
      const { problems } = await readEndpointFile(path, file);
      if (problems.length > 0) throw new ConfigError(problems);
    }
  }
}
