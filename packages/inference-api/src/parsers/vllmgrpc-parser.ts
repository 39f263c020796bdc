import { ApiError } from '../errors/api-error.ts';
import { onlyGrpcMessage } from '../grpc/grpc-messages.ts';
import { readEmbedMessage, readGenerateMessage } from '../grpc/vllm-engine-requests.ts';
import type { ParsedRequest } from '../request/parsed-request.ts';
import type { RequestContent } from '../request/request-content.ts';
import { invalidField, type RequestKind } from '../request/request-kind.ts';
import type { Parser } from './parser.ts';
import { withoutTrailingSlash } from './resolve-parser.ts';

const SERVICE = 'vllm.grpc.engine.VllmEngine';

/** What llm-d's endpoint picker says about any payload that it cannot read. */
const UNREADABLE = 'invalid or unsupported gRPC payload';

const generate: RequestKind = {
  api: 'vllmgrpc.generate',
  prefix: 'invalid generate request',
  summary: 'not supported request inputType',
  notJson: 'invalid generate request',
};

const embed: RequestKind = {
  api: 'vllmgrpc.embed',
  prefix: 'invalid embed request',
  summary: UNREADABLE,
  notJson: 'invalid embed request',
};

type Asked = Pick<ParsedRequest, 'content' | 'stream' | 'maxOutputTokens'>;

interface Method {
  readonly path: string;
  readonly kind: RequestKind;
  /** @throws RangeError, ApiError */
  read(message: Uint8Array): Asked;
}

const methods: readonly Method[] = [
  { path: `${SERVICE}/Generate`, kind: generate, read: readGenerate },
  { path: `${SERVICE}/Embed`, kind: embed, read: readEmbed },
];

/**
 * vLLM's own gRPC service. A request names no model, because the server has one; and like every gRPC body it is forwarded as
 * it came. The service's other methods are not inference: no path of them is claimed.
 */
export const vllmgrpcParser: Parser = {
  type: 'vllmgrpc-parser',
  paths: methods.map(({ path }) => path),
  apiOf: (path) => methodOf(path)?.kind.api,
  parse({ path, body }) {
    const method = methodOf(path);
    if (method === undefined) throw new ApiError({ code: 'unsupported_path', message: `unsupported method: ${path}` });
    return {
      ...parseMessage(body, method),
      api: method.kind.api,
      parser: vllmgrpcParser.type,
      json: undefined,
      body,
      supportsModelRewrite: false,
    };
  },
};

function methodOf(path: string): Method | undefined {
  const end = withoutTrailingSlash(path);
  return methods.find((method) => end.endsWith(method.path));
}

function parseMessage(body: Uint8Array, { kind, read }: Method): Asked {
  try {
    return read(onlyGrpcMessage(body));
  } catch (cause) {
    if (ApiError.is(cause)) throw cause;
    throw new ApiError({
      code: 'invalid_grpc',
      message: `${kind.prefix}: ${(cause as Error).message}`,
      summary: UNREADABLE,
      api: kind.api,
      cause,
    });
  }
}

function readGenerate(message: Uint8Array): Asked {
  const { text, tokenIds, features, maxTokens: maxOutputTokens, stream } = readGenerateMessage(message);
  return { stream, maxOutputTokens, content: prompt() };

  function prompt(): RequestContent {
    if (tokenIds !== undefined) return { kind: 'tokens', tokenIds: filled(tokenIds, generate), features };
    if (text) return { kind: 'completions', prompt: { form: 'text', text } };
    throw invalidField(generate, 'tokenized or text', 'there and not empty', text);
  }
}

function readEmbed(message: Uint8Array): Asked {
  const tokenIds = filled(readEmbedMessage(message), embed);
  return { stream: false, content: { kind: 'embeddings', input: { form: 'tokens', tokenIds } } };
}

function filled(tokenIds: readonly number[] | undefined, kind: RequestKind): readonly number[] {
  if (tokenIds !== undefined && tokenIds.length > 0) return tokenIds;
  throw invalidField(kind, 'tokenized.input_ids', 'at least one token id', tokenIds);
}
