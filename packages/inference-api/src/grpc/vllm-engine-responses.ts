import { ProtobufFields } from './protobuf-fields.ts';

/** Numbers of the fields that are read, from the definition of the service `vllm.grpc.engine.VllmEngine`. */
const GENERATE = { chunk: 1, complete: 2 } as const;
const CHUNK = { tokenIds: 1, prompt: 2, completion: 3, cached: 4, index: 7 } as const;
const COMPLETE = { tokenIds: 1, prompt: 3, completion: 4, cached: 5, index: 8 } as const;
const EMBED = { prompt: 2 } as const;

/** What one message of a response tells about tokens. */
export interface EngineReport {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Undefined where the message has no place for it. */
  readonly cachedTokens: number | undefined;
  /** Which of several answers to one prompt this is about, from 0. */
  readonly index: number;
  /** Tokens in this part of a stream; 0 in a message that is not a part. */
  readonly newTokens: number;
}

/**
 * Reads the next part of a generated answer, or all of it.
 * @throws RangeError for bytes that are no protobuf message
 */
export function readGenerateReport(message: Uint8Array): EngineReport {
  let report = nothing;
  const fields = new ProtobufFields(message);
  while (fields.next()) {
    if (fields.number === GENERATE.chunk) report = counts(fields.bytes(), CHUNK);
    else if (fields.number === GENERATE.complete) report = { ...counts(fields.bytes(), COMPLETE), newTokens: 0 };
  }
  return report;
}

/**
 * Reads the answer to a request for an embedding.
 * @throws RangeError for bytes that are no protobuf message
 */
export function readEmbedReport(message: Uint8Array): EngineReport {
  let promptTokens = 0;
  const fields = new ProtobufFields(message);
  while (fields.next()) {
    if (fields.number === EMBED.prompt) promptTokens = fields.uint32();
  }
  return { ...nothing, promptTokens };
}

const nothing: EngineReport = {
  promptTokens: 0,
  completionTokens: 0,
  cachedTokens: undefined,
  index: 0,
  newTokens: 0,
};

/** A count of zero is not written, so what is missing is zero. */
function counts(message: Uint8Array, numbers: typeof CHUNK | typeof COMPLETE): EngineReport {
  const counted = { promptTokens: 0, completionTokens: 0, cachedTokens: 0, index: 0, newTokens: 0 };
  const fields = new ProtobufFields(message);
  while (fields.next()) {
    switch (fields.number) {
      case numbers.tokenIds:
        counted.newTokens += fields.varintCount();
        break;
      case numbers.prompt:
        counted.promptTokens = fields.uint32();
        break;
      case numbers.completion:
        counted.completionTokens = fields.uint32();
        break;
      case numbers.cached:
        counted.cachedTokens = fields.uint32();
        break;
      case numbers.index:
        counted.index = fields.uint32();
        break;
    }
  }
  return counted;
}
