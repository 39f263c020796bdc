import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Bytes as recordings spell them. */
export type RecordedBytes =
  | { readonly text: string }
  | { readonly base64: string }
  | { readonly repeat: readonly [string, number] }
  | { readonly parts: readonly (string | RecordedBytes)[] };

export interface RecordedHeader {
  readonly key: string;
  readonly value?: string;
  readonly rawValue?: RecordedBytes;
}

interface RecordedHeaders {
  readonly headers?: { readonly headers: readonly RecordedHeader[] };
  readonly endOfStream?: boolean;
}

interface RecordedBody {
  readonly body?: RecordedBytes;
  readonly endOfStream?: boolean;
}

interface RecordedTrailers {
  readonly trailers?: { readonly headers: readonly RecordedHeader[] };
}

export type RecordedStruct = Readonly<Record<string, unknown>>;

export interface RecordedMessage {
  readonly requestHeaders?: RecordedHeaders;
  readonly requestBody?: RecordedBody;
  readonly requestTrailers?: RecordedTrailers;
  readonly responseHeaders?: RecordedHeaders;
  readonly responseBody?: RecordedBody;
  readonly responseTrailers?: RecordedTrailers;
  readonly metadataContext?: { readonly filterMetadata: Readonly<Record<string, RecordedStruct>> };
  readonly protocolConfig?: { readonly requestBodyMode: string; readonly responseBodyMode: string };
}

export interface RecordedStep {
  readonly stream?: string;
  readonly send?: RecordedMessage;
  readonly unknown?: RecordedBytes;
  readonly waitMs?: number;
  readonly halfClose?: true;
  readonly abort?: true;
}

interface RecordedCommon {
  readonly response?: {
    readonly clearRouteCache?: boolean;
    readonly headerMutation?: { readonly setHeaders?: readonly { readonly header: RecordedHeader }[] };
    readonly bodyMutation?: {
      readonly streamedResponse: { readonly body?: RecordedBytes; readonly endOfStream?: boolean };
    };
  };
}

export interface RecordedReply {
  readonly requestHeaders?: RecordedCommon;
  readonly requestBody?: RecordedCommon;
  readonly responseHeaders?: RecordedCommon;
  readonly responseBody?: RecordedCommon;
  readonly responseTrailers?: object;
  readonly immediateResponse?: {
    readonly status: { readonly code: string };
    readonly body: RecordedBytes;
    readonly headers?: { readonly setHeaders?: readonly { readonly header: RecordedHeader }[] };
  };
  readonly dynamicMetadata?: RecordedStruct;
}

export interface RecordedStatus {
  readonly code: string;
  readonly endedBy: 'picker' | 'client';
  readonly after?: number;
}

/** One conversation of a proxy with the reference's endpoint picker. */
export interface Recording {
  readonly name: string;
  readonly description: string;
  readonly traps?: readonly number[];
  readonly config: string;
  readonly endpoints: string;
  readonly flags: readonly string[];
  readonly servers: Readonly<Record<string, { waiting: number; running: number; kvUsage: number }>>;
  readonly requests: readonly RecordedStep[];
  readonly expected: {
    readonly replies: readonly { readonly after: number; readonly stream?: string; readonly reply: RecordedReply }[];
    readonly status: RecordedStatus;
    readonly statuses?: Readonly<Record<string, RecordedStatus>>;
  };
  readonly compare: {
    readonly endpointAnyOf?: readonly string[];
    readonly headerPattern?: Readonly<Record<string, string>>;
    readonly immediateBodyPrefix?: string;
  };
}

/** Every recording of the folder, as text: addresses in it are still the recorded ones. */
export function readRecordings(): readonly { readonly name: string; readonly text: string }[] {
  const folder = process.env.POINTSMAN_GOLDEN_EXT_PROC ?? fileURLToPath(new URL('../golden', import.meta.url));
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ name: path.basename(file, '.json'), text: readFileSync(path.join(folder, file), 'utf8') }));
}

/** The bytes themselves. */
export function bytesOf(recorded: string | RecordedBytes | undefined): Buffer {
  if (recorded === undefined) return Buffer.alloc(0);
  if (typeof recorded === 'string') return Buffer.from(recorded);
  if ('text' in recorded) return Buffer.from(recorded.text);
  if ('base64' in recorded) return Buffer.from(recorded.base64, 'base64');
  if ('repeat' in recorded) return Buffer.from(recorded.repeat[0].repeat(recorded.repeat[1]));
  return Buffer.concat(recorded.parts.map(bytesOf));
}
