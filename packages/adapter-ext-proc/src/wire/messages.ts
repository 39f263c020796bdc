/**
 * Messages of the external processing protocol, as the codec gives and takes them. Fields that are not set read as null
 * (messages), as the empty value of their type (everything else), or as an empty list.
 */

export interface HeaderValue {
  readonly key: string;
  /** Text form. Not read by Envoy, which sends and expects `rawValue`; bytes, because it may hold what is no UTF-8. */
  readonly value?: Uint8Array;
  readonly rawValue?: Uint8Array;
}

export interface HeaderMap {
  readonly headers: readonly HeaderValue[];
}

export interface HttpHeaders {
  readonly headers: HeaderMap | null;
  readonly endOfStream: boolean;
}

export interface HttpBody {
  /** A view of the received message. */
  readonly body: Uint8Array;
  readonly endOfStream: boolean;
  readonly endOfStreamWithoutMessage: boolean;
}

export interface HttpTrailers {
  readonly trailers: HeaderMap | null;
}

export interface Struct {
  readonly fields: Readonly<Record<string, Value>>;
}

/** One of the kinds is set; null is a set `nullValue`. */
export interface Value {
  readonly nullValue?: number | null;
  readonly numberValue?: number | null;
  readonly stringValue?: string | null;
  readonly boolValue?: boolean | null;
  readonly structValue?: Struct | null;
  readonly listValue?: { readonly values: readonly Value[] } | null;
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

/** What the proxy says about one request. */
export interface ProcessingRequest {
  /** Which of the six kinds it is; undefined for a kind that this adapter does not know. */
  readonly request?:
    | 'requestHeaders'
    | 'responseHeaders'
    | 'requestBody'
    | 'responseBody'
    | 'requestTrailers'
    | 'responseTrailers'
    | undefined;
  readonly requestHeaders: HttpHeaders | null;
  readonly responseHeaders: HttpHeaders | null;
  readonly requestBody: HttpBody | null;
  readonly responseBody: HttpBody | null;
  readonly requestTrailers: HttpTrailers | null;
  readonly responseTrailers: HttpTrailers | null;
  readonly metadataContext: { readonly filterMetadata: Readonly<Record<string, Struct>> } | null;
  readonly observabilityMode: boolean;
  /** Sent with the first message, by Envoy 1.34 and later. */
  readonly protocolConfig: {
    readonly requestBodyMode: BodyMode;
    readonly responseBodyMode: BodyMode;
    readonly sendBodyWithoutWaitingForHeaderResponse: boolean;
  } | null;
}

export const APPEND_ACTION = {
  APPEND_IF_EXISTS_OR_ADD: 0,
  ADD_IF_ABSENT: 1,
  OVERWRITE_IF_EXISTS_OR_ADD: 2,
  OVERWRITE_IF_EXISTS: 3,
} as const;

export interface HeaderMutation {
  readonly setHeaders?: readonly {
    readonly header: HeaderValue;
    readonly appendAction?: (typeof APPEND_ACTION)[keyof typeof APPEND_ACTION];
  }[];
  readonly removeHeaders?: readonly string[];
}

export type BodyMutation =
  | { readonly body: Uint8Array }
  | { readonly clearBody: true }
  | { readonly streamedResponse: { readonly body: Uint8Array; readonly endOfStream: boolean } };

export interface CommonResponse {
  /** 0 goes on; 1 also replaces the body that was not sent yet. */
  readonly status?: 0 | 1;
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
  readonly grpcStatus?: { readonly status: number };
  /** For the proxy's access log. */
  readonly details?: string;
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
    | { readonly requestTrailers: { readonly headerMutation?: HeaderMutation } }
    | { readonly responseTrailers: { readonly headerMutation?: HeaderMutation } }
    | { readonly immediateResponse: ImmediateResponse }
  );
