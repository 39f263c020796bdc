import { ApiError } from '../errors/api-error.ts';
import { onlyGrpcMessage } from '../grpc/grpc-messages.ts';
import { readHttpBody } from '../grpc/http-body.ts';
import { protobufBytes } from '../grpc/protobuf-bytes.ts';
import type { InferenceApi } from '../inference-api.ts';
import type { ParsedRequest } from '../request/parsed-request.ts';
import { openaiParser } from './openai-parser.ts';
import type { Parser } from './parser.ts';
import { withoutTrailingSlash } from './resolve-parser.ts';

/** Field of the request messages with the `HttpBody`. */
const HTTP_BODY = 2;

interface Method {
  readonly path: string;
  readonly api: InferenceApi;
  /** Path of the OpenAI API whose JSON is within. */
  readonly openaiPath: string;
}

const methods: readonly Method[] = [
  { path: 'PredictionService/ChatCompletions', api: 'vertexai.chat', openaiPath: 'chat/completions' },
  { path: 'PredictionService/StreamRawPredict', api: 'vertexai.responses', openaiPath: 'responses' },
  { path: 'PredictionService/RawPredict', api: 'vertexai.responses', openaiPath: 'responses' },
];

/**
 * Vertex AI's prediction service over gRPC: JSON of OpenAI's APIs in an envelope. The envelope is forwarded as it came, so
 * a model's name cannot be changed in it.
 */
export const vertexaiParser: Parser = {
  type: 'vertexai-parser',
  paths: methods.map(({ path }) => path),
  apiOf: (path) => methodOf(path)?.api,
  parse({ path, body }) {
    const method = methodOf(path);
    if (method === undefined) throw new ApiError({ code: 'unsupported_path', message: `unsupported method: ${path}` });
    return {
      ...parseEnveloped(body, method),
      api: method.api,
      parser: vertexaiParser.type,
      body,
      supportsModelRewrite: false,
    };
  },
};

function methodOf(path: string): Method | undefined {
  const end = withoutTrailingSlash(path);
  return methods.find((method) => end.endsWith(method.path));
}

function parseEnveloped(body: Uint8Array, { path, api, openaiPath }: Method): ParsedRequest {
  const what = `parsing ${path.slice(path.indexOf('/') + 1)}Request`;
  try {
    const { data } = readHttpBody(protobufBytes(onlyGrpcMessage(body), HTTP_BODY) ?? new Uint8Array(0));
    return openaiParser.parse({ path: openaiPath, headers: {}, body: data });
  } catch (cause) {
    if (ApiError.is(cause)) {
      const { code, summary, param } = cause;
      throw new ApiError({ code, message: `${what}: ${cause.message}`, summary, param, api, cause });
    }
    throw new ApiError({ code: 'invalid_grpc', message: `${what}: ${(cause as Error).message}`, api, cause });
  }
}
