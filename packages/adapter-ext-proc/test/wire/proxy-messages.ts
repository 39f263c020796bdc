import type { BodyMode, CommonResponse, ProcessingMode, Struct } from '../../src/index.ts';

/** Messages as a proxy writes them; what is undefined is not sent. */

export interface HeaderMap {
  readonly headers: readonly { readonly key: string; readonly value?: Uint8Array; readonly rawValue?: Uint8Array }[];
}

interface HttpHeaders {
  readonly headers: HeaderMap | null;
  readonly endOfStream: boolean;
}

interface HttpBody {
  readonly body: Uint8Array;
  readonly endOfStream: boolean;
}

/** What a proxy says. */
export interface ProxyRequest {
  readonly requestHeaders?: HttpHeaders;
  readonly responseHeaders?: HttpHeaders;
  readonly requestBody?: HttpBody;
  readonly responseBody?: HttpBody;
  readonly requestTrailers?: { readonly trailers: HeaderMap };
  readonly responseTrailers?: { readonly trailers: HeaderMap };
  readonly metadataContext?: { readonly filterMetadata: Readonly<Record<string, Struct>> };
  readonly observabilityMode?: boolean;
  readonly protocolConfig?: { readonly requestBodyMode: BodyMode; readonly responseBodyMode: BodyMode };
}

/** Changes of headers as they are on the wire. */
export interface ProxyMutation {
  readonly setHeaders?: readonly {
    readonly header: { readonly key: string; readonly rawValue?: Uint8Array };
    readonly appendAction?: number;
  }[];
  readonly removeHeaders?: readonly string[];
}

export interface ProxyCommon extends Omit<CommonResponse, 'headerMutation'> {
  readonly headerMutation?: ProxyMutation | null;
}

export interface ProxyImmediate {
  readonly status: { readonly code: number };
  readonly headers?: ProxyMutation | null;
  readonly body?: Uint8Array;
  readonly grpcStatus?: { readonly status: number } | null;
}

interface Attached {
  readonly dynamicMetadata?: Struct;
  readonly modeOverride?: ProcessingMode;
}

/** What a proxy is answered. Of the kinds one is set; others read as null. */
export type ProxyReply = Attached &
  (
    | { readonly requestHeaders: { readonly response?: ProxyCommon } }
    | { readonly responseHeaders: { readonly response?: ProxyCommon } }
    | { readonly requestBody: { readonly response?: ProxyCommon } }
    | { readonly responseBody: { readonly response?: ProxyCommon } }
    | { readonly requestTrailers: { readonly headerMutation?: ProxyMutation } }
    | { readonly responseTrailers: { readonly headerMutation?: ProxyMutation } }
    | { readonly immediateResponse: ProxyImmediate }
  );
