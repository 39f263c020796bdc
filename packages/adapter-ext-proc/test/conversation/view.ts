import { withheldHeaders } from '../../src/picker/control-headers.ts';
import type { Reply, StreamOutcome } from './outcome.ts';
import { bytesOf, type RecordedHeader, type Recording } from './recording.ts';

/** Values by lower-case name. */
export type HeaderValues = Record<string, readonly string[]>;

/** What the proxy ends up with on one stream, whatever the spelling of the replies. */
export interface View {
  /** Kinds in order; pieces of one body count once. Steps of response bodies are compared apart: they may come earlier. */
  readonly replies: readonly string[];
  readonly requestHeaders?: HeaderValues;
  readonly requestBody?: Body;
  readonly responseHeaders: readonly HeaderValues[];
  readonly responseBody?: Body;
  readonly clearsRoute: boolean;
  /** Joined, by the kind of reply that carried it. */
  readonly metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly modeOverride?: object;
  readonly immediate?: {
    readonly status: number;
    readonly body: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  readonly status: string;
}

interface Body {
  readonly bytes: string;
  /** Where the end was said: `nowhere`, on the `last` piece, or elsewhere, which is never right. */
  readonly end: 'nowhere' | 'last' | 'elsewhere';
  readonly isOverLimit: boolean;
}

const UNSETTABLE = /^:|^host$|^x-envoy-/;
const DEBUG_MARK = 'x-went-into-resp-headers';
const DESTINATION = 'x-gateway-destination-endpoint';
const UUID = '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';
const CHUNK_LIMIT = 62_000;
const WITHHELD = withheldHeaders([]);

/** @param isRecorded whether it is the reference's, whose replies are read as generously as the recordings allow */
export function viewOf(recording: Recording, stream: string, outcome: StreamOutcome, isRecorded: boolean): View {
  const { replies, status } = outcome;
  const last = (kind: string) => replies.find((reply) => reply.kind === kind);
  const requestReply = replies.find(({ kind, set }) => set.length > 0 && kind.startsWith('request'));
  const sent = messagesOf(recording, stream, requestReply?.after ?? Number.POSITIVE_INFINITY);
  const bodyOf = (kind: string) => joined(replies.filter((reply) => reply.kind === kind));
  const immediate = last('immediateResponse');
  const requestHeaders = requestReply && finalHeaders(sent.request, requestReply, 'request', isRecorded);
  const responseHeaders = replies
    .filter(({ kind }) => kind === 'responseHeaders')
    .map((reply, i) => finalHeaders(sent.responses[i] ?? [], reply, 'response', isRecorded));
  const metadata = metadataOf(replies);
  const requestBody = bodyOf('requestBody');
  const responseBody = bodyOf('responseBody');
  const modeOverride = replies.find((reply) => reply.modeOverride !== undefined)?.modeOverride;
  const view: View = {
    replies: kindsOf(replies),
    ...(requestHeaders && { requestHeaders }),
    ...(requestBody && { requestBody }),
    responseHeaders,
    ...(responseBody && { responseBody }),
    clearsRoute: replies.some(({ clearsRoute }) => clearsRoute),
    metadata,
    ...(modeOverride && { modeOverride }),
    ...(immediate?.immediate && { immediate: { ...immediate.immediate, headers: Object.fromEntries(immediate.set) } }),
    status: `${status.code} by ${status.endedBy}${status.endedBy === 'picker' ? ` after ${status.after}` : ''}`,
  };
  return generalised(view, recording);
}

/** Kinds with their steps; pieces of one body in a row count once. */
export function kindsOf(replies: readonly Reply[]): string[] {
  const kinds: string[] = [];
  replies.forEach(({ kind, after }, i) => {
    if (kind.endsWith('Body') && replies[i - 1]?.kind === kind) return;
    kinds.push(kind === 'responseBody' ? kind : `${kind} after ${after}`);
  });
  return kinds;
}

/** Bytes of response body that the proxy had after each step. */
export function arrivalsOf(replies: readonly Reply[]): ReadonlyMap<number, number> {
  const arrivals = new Map<number, number>();
  let total = 0;
  for (const { kind, after, body } of replies) {
    if (kind !== 'responseBody') continue;
    total += body?.length ?? 0;
    arrivals.set(after, total);
  }
  return arrivals;
}

type HeaderEntry = readonly [name: string, value: string];

/** Headers that the proxy holds. @param answeredAfter the step after which nothing is added to those of the request */
function messagesOf(recording: Recording, stream: string, answeredAfter: number) {
  let request: HeaderEntry[] = [];
  const responses: HeaderEntry[][] = [];
  for (const [i, { send, stream: of = '' }] of recording.requests.entries()) {
    if (send === undefined || of !== stream) continue;
    const first = request.length === 0;
    if (send.requestHeaders && i < answeredAfter) {
      const entries = entriesOf(send.requestHeaders.headers?.headers);
      const names = new Set(entries.map(([name]) => name));
      request = first ? entries : [...request.filter(([name]) => !names.has(name)), ...entries];
    }
    if (send.responseHeaders) responses.push(entriesOf(send.responseHeaders.headers?.headers));
  }
  return { request, responses };
}

function entriesOf(headers: readonly RecordedHeader[] = []): HeaderEntry[] {
  return headers.map(({ key, value, rawValue }) => [
    key.toLowerCase(),
    rawValue === undefined ? (value ?? '') : bytesOf(rawValue).toString('latin1'),
  ]);
}

function finalHeaders(
  held: readonly HeaderEntry[],
  { set, remove }: Reply,
  direction: 'request' | 'response',
  isRecorded: boolean,
): HeaderValues {
  const before = grouped(held);
  const after: Record<string, readonly string[]> = { ...before };
  for (const name of remove) delete after[name.toLowerCase()];
  for (const [name, value] of set) if (!UNSETTABLE.test(name)) after[name] = [value];
  if (before[DEBUG_MARK] === undefined) delete after[DEBUG_MARK];
  if (direction === 'request' && before['content-length'] === undefined) delete after['content-length'];
  if (!isRecorded) return after;
  for (const name in before) {
    const values = before[name]!;
    // Several values that the reference collapses to the last.
    if (values.length > 1 && after[name]?.length === 1 && after[name][0] === values.at(-1)) after[name] = values;
    // Control headers that the reference lets through.
    if (direction === 'request' && WITHHELD.has(name) && String(after[name]) === String(values)) delete after[name];
  }
  return after;
}

function grouped(entries: readonly HeaderEntry[]): Record<string, readonly string[]> {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of entries) {
    headers[name] ??= [];
    headers[name].push(value);
  }
  return headers;
}

function joined(pieces: readonly Reply[]): Body | undefined {
  if (pieces.length === 0) return undefined;
  const ends = pieces.map(({ isEnd }) => isEnd);
  const at = ends.indexOf(true);
  return {
    bytes: Buffer.concat(pieces.map(({ body }) => body ?? Buffer.alloc(0))).toString('latin1'),
    end: at === -1 ? 'nowhere' : at === ends.length - 1 ? 'last' : 'elsewhere',
    isOverLimit: pieces.some(({ body }) => (body?.length ?? 0) > CHUNK_LIMIT),
  };
}

function metadataOf(replies: readonly Reply[]) {
  const metadata: Record<string, Record<string, unknown>> = {};
  for (const { kind, metadata: told } of replies) if (told) metadata[kind] = { ...metadata[kind], ...told };
  return metadata;
}

/** Replaces what may vary by what it must be. */
function generalised(view: View, { compare }: Recording): View {
  const { endpointAnyOf, immediateBodyPrefix } = compare;
  // Ids that are made are never the same.
  const headerPattern = { 'x-request-id': UUID, ...compare.headerPattern };
  let { requestHeaders, metadata, immediate } = view;
  for (const [name, pattern] of Object.entries(headerPattern)) {
    const [value] = requestHeaders?.[name] ?? [];
    if (value !== undefined && new RegExp(pattern).test(value)) {
      requestHeaders = { ...requestHeaders, [name]: [pattern] };
    }
  }
  const [picked = ''] = requestHeaders?.[DESTINATION] ?? [];
  if (endpointAnyOf?.includes(picked) === true) {
    const told = metadata.requestHeaders?.['envoy.lb'] as Record<string, unknown>;
    if (told[DESTINATION] === picked) {
      const anyOf = endpointAnyOf.join('|');
      requestHeaders = { ...requestHeaders, [DESTINATION]: [anyOf] };
      const lb = { ...told, [DESTINATION]: anyOf };
      metadata = { ...metadata, requestHeaders: { ...metadata.requestHeaders, 'envoy.lb': lb } };
    }
  }
  if (immediate !== undefined && immediateBodyPrefix !== undefined && immediate.body.startsWith(immediateBodyPrefix)) {
    immediate = { ...immediate, body: `${immediateBodyPrefix}...` };
  }
  return { ...view, ...(requestHeaders && { requestHeaders }), metadata, ...(immediate && { immediate }) };
}
