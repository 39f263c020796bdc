import { resolve } from 'node:path';
import { type EndpointSink, type EndpointSource, type Logger, PointsmanError, silentLogger } from '@pointsman/core';
import { readText } from '../document/read-text.ts';
import { ConfigError } from '../problems/config-error.ts';
import { formatProblem } from '../problems/config-problem.ts';
import { type WatchOptions, watchPath } from '../reload/file-watcher.ts';
import { type EndpointFileContent, type EndpointFileForm, parseEndpointFile } from './endpoint-file.ts';

/** Where endpoints are read from. */
export interface FileEndpointsOptions extends WatchOptions, EndpointFileForm {
  readonly path: string;
  /** Follow changes of the file. Default true. */
  readonly watch?: boolean;
  readonly log?: Logger;
}

/**
 * Endpoints from a YAML or JSON file in the form of llm-d's file discovery: a list `endpoints` of `address`, `port`,
 * `name`, `namespace`, `labels`. Host names, IPv6 and numbers for ports work too.
 *
 * At the start every entry has to be right. Later a wrong entry is left out and named in the log; a file that cannot be
 * read at all, or is gone, leaves the endpoints as they are.
 */
export function fileEndpoints(options: FileEndpointsOptions): EndpointSource {
  const { watch = true, log = silentLogger } = options;
  const path = resolve(options.path);
  return {
    async start(sink, signal) {
      // Watched before it is read, so that no change falls in between.
      if (watch) follow(path, sink, signal, log, options);
      const { endpoints, problems } = await readEndpointFile(path, options);
      if (problems.length > 0) throw new ConfigError(problems);
      if (!signal.aborted) sink.replaceAll(endpoints ?? []);
    },
  };
}

/** @throws PointsmanError CONFIG_INVALID when the file cannot be read */
export async function readEndpointFile(path: string, form: EndpointFileForm): Promise<EndpointFileContent> {
  return parseEndpointFile(await readText(path), path, form);
}

function follow(
  path: string,
  sink: EndpointSink,
  signal: AbortSignal,
  log: Logger,
  options: FileEndpointsOptions,
): void {
  let isGone = false;
  const refresh = async (exists: boolean) => {
    if (!exists) {
      if (!isGone) log.warn(`endpoint file ${path} is gone; the endpoints stay as they are`);
      isGone = true;
      return;
    }
    isGone = false;
    try {
      const { endpoints, problems } = await readEndpointFile(path, options);
      if (signal.aborted) return;
      for (const problem of problems) log.error(formatProblem(problem));
      if (endpoints !== undefined) sink.replaceAll(endpoints);
    } catch (error) {
      log.error(PointsmanError.is(error) ? error.message : `endpoint file ${path}: ${String(error)}`);
    }
  };
  let turn = Promise.resolve();
  const stop = watchPath(path, (exists) => (turn = turn.then(() => refresh(exists))), options);
  signal.addEventListener('abort', stop, { once: true });
}
