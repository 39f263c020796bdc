import type { ProxyReply } from '../wire/proxy-messages.ts';
import { bytesOf, type RecordedReply, type Recording } from './recording.ts';
import { fromStruct } from './to-wire.ts';

/** A reply of either picker, in one form. */
export interface Reply {
  readonly kind: string;
  /** The step after which it came. */
  readonly after: number;
  /** In order; the value is undefined where the proxy cannot read it. */
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
  readonly clearsRoute: boolean;
  readonly body: Buffer | undefined;
  /** Whether the body is a piece of a stream, as opposed to one that takes the place of another. */
  readonly isStreamed: boolean;
  readonly isEnd: boolean;
  readonly metadata: Readonly<Record<string, unknown>> | undefined;
  readonly modeOverride: object | undefined;
  readonly immediate: { readonly status: number; readonly body: string } | undefined;
}

export interface Status {
  readonly code: string;
  readonly endedBy: 'picker' | 'client';
  readonly after?: number;
}

/** All that a picker did on one stream. */
export interface StreamOutcome {
  readonly replies: readonly Reply[];
  readonly status: Status;
}

const HTTP_STATUS: Readonly<Record<string, number>> = {
  BadRequest: 400,
  PreconditionFailed: 412,
  TooManyRequests: 429,
  InternalServerError: 500,
  ServiceUnavailable: 503,
};

/** What the recording says that came on one stream. */
export function recordedOutcome({ expected }: Recording, stream: string): StreamOutcome {
  return {
    replies: expected.replies
      .filter((entry) => (entry.stream ?? '') === stream)
      .map(({ after, reply }) => recordedReply(after, reply)),
    status: stream === '' ? statusOf(expected.status) : statusOf(expected.statuses![stream]!),
  };
}

function statusOf({ code, endedBy, after }: Status): Status {
  return { code, endedBy, ...(after !== undefined && { after }) };
}

function recordedReply(after: number, reply: RecordedReply): Reply {
  const kind = Object.keys(reply).find((name) => name !== 'dynamicMetadata')!;
  const { immediateResponse } = reply;
  const common = (reply.requestHeaders ?? reply.requestBody ?? reply.responseHeaders ?? reply.responseBody)?.response;
  const streamed = common?.bodyMutation?.streamedResponse;
  const setHeaders = common?.headerMutation?.setHeaders ?? immediateResponse?.headers?.setHeaders ?? [];
  return {
    kind,
    after,
    set: setHeaders.map(({ header }) => [header.key.toLowerCase(), bytesOf(header.rawValue).toString('latin1')]),
    remove: [],
    clearsRoute: common?.clearRouteCache ?? false,
    body: streamed && bytesOf(streamed.body),
    isStreamed: streamed !== undefined,
    isEnd: streamed?.endOfStream ?? false,
    metadata: reply.dynamicMetadata,
    modeOverride: undefined,
    immediate: immediateResponse && {
      status: HTTP_STATUS[immediateResponse.status.code]!,
      body: bytesOf(immediateResponse.body).toString(),
    },
  };
}

/** What came from a picker over a socket. */
export function receivedReply(after: number, reply: ProxyReply): Reply {
  const { dynamicMetadata, modeOverride, ...rest } = reply;
  const kind = Object.keys(rest).find((name) => (rest as Record<string, unknown>)[name] != null)!;
  const immediate = 'immediateResponse' in reply ? reply.immediateResponse : undefined;
  const answer = (rest as Record<string, { readonly response?: Common | null }>)[kind];
  const common = answer?.response ?? undefined;
  const mutation = common?.headerMutation ?? immediate?.headers;
  const body = common?.bodyMutation;
  return {
    kind,
    after,
    set: (mutation?.setHeaders ?? []).map(({ header }) => [
      header.key.toLowerCase(),
      Buffer.from(header.rawValue ?? []).toString('latin1'),
    ]),
    remove: mutation?.removeHeaders ?? [],
    clearsRoute: common?.clearRouteCache ?? false,
    body: Buffer.from(body?.streamedResponse?.body ?? body?.body ?? []),
    isStreamed: body?.streamedResponse != null,
    isEnd: body?.streamedResponse?.endOfStream ?? false,
    metadata: dynamicMetadata ? fromStruct(dynamicMetadata) : undefined,
    // Enumerations by name.
    modeOverride: modeOverride ? JSON.parse(JSON.stringify(modeOverride)) : undefined,
    immediate: immediate && {
      status: immediate.status.code,
      body: Buffer.from(immediate.body ?? []).toString(),
    },
  };
}

interface Common {
  readonly clearRouteCache?: boolean;
  readonly headerMutation?: {
    readonly setHeaders?: readonly { readonly header: { readonly key: string; readonly rawValue?: Uint8Array } }[];
    readonly removeHeaders?: readonly string[];
  } | null;
  readonly bodyMutation?: {
    readonly body?: Uint8Array;
    readonly streamedResponse?: { readonly body: Uint8Array; readonly endOfStream: boolean } | null;
  } | null;
}
