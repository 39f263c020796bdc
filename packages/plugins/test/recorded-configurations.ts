import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readGolden } from '@pointsman/testkit/harness';

/** A configuration, and what llm-d made of it. */
export interface LoadingCase {
  readonly id: string;
  readonly source: string;
  readonly yaml: string;
  readonly expected: {
    readonly ok: boolean;
    readonly plugins?: readonly string[];
    readonly injectedPlugins?: readonly string[];
    readonly autoCreatedProducers?: readonly string[];
    readonly profiles?: readonly {
      readonly name: string;
      readonly filters: readonly string[];
      readonly scorers: readonly { readonly name: string; readonly weight: number }[];
      readonly picker: string;
    }[];
    readonly profileHandler?: { readonly name: string };
    readonly featureGates?: Readonly<Record<string, boolean>>;
    readonly dataLayer?: {
      readonly sources?: readonly { readonly source: string; readonly extractors: readonly string[] }[];
    };
    readonly parsers?: readonly string[];
    readonly flowControl?: RecordedFlowControl;
  };
}

interface RecordedBand {
  readonly priority: number;
  readonly maxBytes: number;
  readonly maxRequests: number;
  readonly fairness: string;
  readonly ordering: string;
}

/** What llm-d made of the section `flowControl`. */
export interface RecordedFlowControl {
  readonly defaultPriorityBand: RecordedBand;
  readonly defaultNegativePriorityBand: RecordedBand | null;
  readonly priorityBands: readonly RecordedBand[];
  readonly usageLimitPolicy: string;
}

const isSample = ({ source }: LoadingCase) => source.startsWith('repository');

/** Configurations that were written for the recordings. */
export const keptConfigurations: readonly LoadingCase[] = readGolden<LoadingCase>(
  'config-loading.jsonl',
  new URL('./golden/', import.meta.url),
).filter((recorded) => !isSample(recorded));

/** The reference's own samples: read where they are, and not kept here. Empty where they are not. */
export const sampleConfigurations: readonly LoadingCase[] = readElsewhere().filter(isSample);

function readElsewhere(): readonly LoadingCase[] {
  const path = fileURLToPath(
    new URL('../../../../shared/data/golden/scheduling/config-loading.jsonl', import.meta.url),
  );
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LoadingCase);
}
