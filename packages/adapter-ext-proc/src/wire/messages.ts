/** Messages of the external processing protocol: what the proxy says, as far as it matters here, and what it is answered. */

/** Header values by lower-case name; those of a repeated header are joined by `, `. */
export type Headers = Readonly<Record<string, string | undefined>>;

export interface HttpHeaders {
  readonly headers: Headers;
  readonly endOfStream: boolean;
}

export interface HttpBody {
  /** A view of the received message. */
  readonly body: Uint8Array;
  readonly endOfStream: boolean;
}

export interface Struct {
  readonly fields: Readonly<Record<string, Value>>;
}

/** One of the kinds is set. */
export interface Value {
  readonly nullValue?: number;
  readonly numberValue?: number;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly structValue?: Struct;
  readonly listValue?: { readonly values: readonly Value[] };
}

export const BODY_MODE = {
  NONE: 0,
  STREAMED: 1,
  BUFFERED: 2,
  BUFFERED_PARTIAL: 3,
  FULL_DUPLEX_STREAMED: 4,
  GRPC: 5,
} as const;

/** How a proxy sends bodies. */
export type BodyMode = (typeof BODY_MODE)[keyof typeof BODY_MODE];

export const HEADER_MODE = { DEFAULT: 0, SEND: 1, SKIP: 2 } as const;

export type HeaderMode = (typeof HEADER_MODE)[keyof typeof HEADER_MODE];

/** How the proxy was configured. */
export interface ProtocolConfig {
  readonly requestBodyMode: BodyMode;
  readonly responseBodyMode: BodyMode;
}

/** What the proxy says about one request. */
export interface ProcessingRequest {
  /** Undefined for a kind that this adapter does not know. */
  readonly kind:
    | 'requestHeaders'
    | 'responseHeaders'
    | 'requestBody'
    | 'responseBody'
    | 'requestTrailers'
    | 'responseTrailers'
    | undefined;
  /** Of a message with headers. */
  readonly headers: HttpHeaders | undefined;
  /** Of a message with a body. */
  readonly body: HttpBody | undefined;
  /** By namespace. */
  readonly metadata: Readonly<Record<string, Struct>>;
  readonly observabilityMode: boolean;
  /** Sent with the first message, by Envoy 1.34 and later. */
  readonly protocolConfig: ProtocolConfig | undefined;
}

export const APPEND_ACTION = {
  APPEND_IF_EXISTS_OR_ADD: 0,
  ADD_IF_ABSENT: 1,
  OVERWRITE_IF_EXISTS_OR_ADD: 2,
  OVERWRITE_IF_EXISTS: 3,
} as const;

export interface HeaderMutation {
  readonly setHeaders?: readonly {
    readonly key: string;
    readonly value: string;
    readonly appendAction: (typeof APPEND_ACTION)[keyof typeof APPEND_ACTION];
  }[];
  readonly removeHeaders?: readonly string[];
}

export type BodyMutation =
  | { readonly body: Uint8Array }
  | { readonly streamedResponse: { readonly body: Uint8Array; readonly endOfStream: boolean } };

export interface CommonResponse {
  readonly headerMutation?: HeaderMutation;
  readonly bodyMutation?: BodyMutation;
  /** Has the proxy choose the route anew. */
  readonly clearRouteCache?: boolean;
}

export interface ProcessingMode {
  readonly requestHeaderMode?: HeaderMode;
  readonly responseHeaderMode?: HeaderMode;
  readonly requestBodyMode?: BodyMode;
  readonly responseBodyMode?: BodyMode;
  readonly requestTrailerMode?: HeaderMode;
  readonly responseTrailerMode?: HeaderMode;
}

export interface ImmediateResponse {
  readonly status: { readonly code: number };
  readonly headers?: HeaderMutation;
  readonly body?: Uint8Array;
  /** What a client of gRPC is told; without it the proxy derives one from the HTTP status. */
  readonly grpcStatus?: { readonly status: number };
}

interface Attached {
  readonly dynamicMetadata?: Struct;
  readonly modeOverride?: ProcessingMode;
}

/** What the picker answers. */
export type ProcessingResponse = Attached &
  (
    | { readonly requestHeaders: { readonly response?: CommonResponse } }
    | { readonly responseHeaders: { readonly response?: CommonResponse } }
    | { readonly requestBody: { readonly response?: CommonResponse } }
    | { readonly responseBody: { readonly response?: CommonResponse } }
    | { readonly requestTrailers: Readonly<Record<string, never>> }
    | { readonly responseTrailers: Readonly<Record<string, never>> }
    | { readonly immediateResponse: ImmediateResponse }
  );
