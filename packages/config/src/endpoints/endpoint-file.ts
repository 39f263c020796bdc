import type { EndpointSpec } from '@pointsman/core';
import { endpointSchema } from '../document/endpoint-schema.ts';
import { isMapping, readEntries, withoutNulls } from '../document/section-reader.ts';
import { parseYaml } from '../document/yaml-document.ts';
import type { ConfigProblem } from '../problems/config-problem.ts';
import { suggestName } from '../problems/nearest-name.ts';
import { describe } from '../problems/report-issues.ts';
import { Reporter } from '../problems/reporter.ts';
import { endpointId, endpointSpec } from './endpoint-spec.ts';
import { withLabelledMetrics } from './labelled-metrics.ts';

/** What a file of endpoints holds: the entries that make sense, and what is wrong with the others. */
export interface EndpointFileContent {
  /** Undefined when the file as a whole cannot be read, so that nothing is known about the endpoints. */
  readonly endpoints: readonly EndpointSpec[] | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** How entries are read. */
export interface EndpointFileForm {
  /** The labels `metricsAddress` and `metricsPort` say where metrics are: llm-d's form for endpoints that are clusters. */
  readonly metricsFromLabels?: boolean;
}

/** Reads a file of endpoints: YAML or JSON with a list `endpoints`, each with `address` and `port`. */
export function parseEndpointFile(
  text: string,
  file: string,
  { metricsFromLabels = false }: EndpointFileForm = {},
): EndpointFileContent {
  const document = parseYaml(text);
  const reporter = new Reporter(file, document);
  const data = withoutNulls(document.data);
  if (reporter.hasProblems) return { endpoints: undefined, problems: reporter.problems };
  if (!isMapping(data)) {
    reporter.error([], `expected a map with the list "endpoints", received ${describe(data)}`);
    return { endpoints: undefined, problems: reporter.problems };
  }
  for (const key of Object.keys(data)) {
    if (key === 'endpoints') continue;
    reporter.error([key], `unknown key "${key}"`, { at: 'key', hint: suggestName(key, ['endpoints']) });
  }
  if (data.endpoints === undefined) reporter.error([], 'the list "endpoints" is missing');
  const entries = readEntries(endpointSchema, ['endpoints'], data.endpoints, reporter);
  if (entries === undefined) return { endpoints: undefined, problems: reporter.problems };
  const seen = new Set<string>();
  const endpoints = entries.flatMap(({ path, entry }) => {
    if (entry === undefined) return [];
    const read = endpointSpec(entry);
    const spec = metricsFromLabels ? withLabelledMetrics(read, path, reporter) : read;
    if (spec === undefined) return [];
    const id = endpointId(spec);
    if (seen.has(id)) {
      reporter.error(path, `the endpoint "${id}" is there twice`);
      return [];
    }
    seen.add(id);
    return [spec];
  });
  return { endpoints, problems: reporter.problems };
}
