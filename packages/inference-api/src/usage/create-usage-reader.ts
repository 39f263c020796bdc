import { readEmbedReport, readGenerateReport } from '../grpc/vllm-engine-responses.ts';
import type { InferenceApi } from '../inference-api.ts';
import { BodyUsageReader } from './body-usage-reader.ts';
import { EnvelopedUsageReader } from './enveloped-usage-reader.ts';
import { StreamUsageReader } from './stream-usage-reader.ts';
import { usageDialectOf } from './usage-dialect-of.ts';
import type { UsageReader } from './usage-reader.ts';
import { VllmEngineUsageReader } from './vllm-engine-usage-reader.ts';

/** What `createUsageReader` takes beside the API. */
export interface UsageReaderOptions {
  /** Whether the response is an event stream (see `isEventStream`), whatever the request asked for. */
  readonly stream: boolean;
  /** Called once, when the first event passes that carries something generated: text, reasoning or a tool call. */
  readonly onFirstToken?: (() => void) | undefined;
}

/**
 * A reader for the responses of an API. It holds one unfinished line of a stream (up to 1 MiB), or references to
 * the last 256 KiB of any other response. For APIs that report no usage (`raw`, `anthropic.count_tokens`) it does
 * nothing. Responses of `vertexai.*` and `vllmgrpc.*` are gRPC messages, which say themselves whether they are a stream; of
 * these one unfinished message is held, up to 16 MiB.
 */
export function createUsageReader(api: InferenceApi, { stream, onFirstToken }: UsageReaderOptions): UsageReader {
  if (api === 'vllmgrpc.generate') return new VllmEngineUsageReader(readGenerateReport, onFirstToken);
  if (api === 'vllmgrpc.embed') return new VllmEngineUsageReader(readEmbedReport, onFirstToken);
  const dialect = usageDialectOf(api);
  if (!dialect) return idleReader;
  if (api.startsWith('vertexai.')) return new EnvelopedUsageReader(dialect, onFirstToken);
  return stream ? new StreamUsageReader(dialect, onFirstToken) : new BodyUsageReader(dialect);
}

const idleReader: UsageReader = {
  push() {},
  end() {},
  usage: undefined,
  streamedEvents: 0,
  malformed: false,
};
