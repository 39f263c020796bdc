import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { elementsOf, JsonObjectText } from '../../src/json/json-object.ts';
import { compact, parseExactly } from './exact-json.ts';

export interface RecordedReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly json?: unknown;
  readonly text?: string;
  readonly chunks?: readonly string[];
  readonly delay_ms?: number;
  readonly chunk_delay_ms?: number;
  readonly drop?: 'before-reply' | 'mid-body';
}

export interface RecordedRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly to?: string;
  readonly body?: unknown;
  readonly body_text?: string;
  readonly chunked_body?: boolean;
  readonly abort_after_events?: number;
  readonly abort_after_ms?: number;
}

export interface Accepted {
  readonly at: string;
  readonly values?: readonly unknown[];
  readonly absent?: boolean;
  readonly any?: boolean;
}

/** A message as `expected` has it; numbers in bodies are exact. */
export interface ExpectedMessage {
  method?: string;
  path?: string;
  status?: number | string;
  headers?: Record<string, readonly string[]>;
  failed?: string;
  body_is?: string;
  json?: unknown;
  text?: string;
  events?: readonly { readonly raw?: string; readonly data?: unknown }[];
}

export interface Expected {
  requests: Record<string, ExpectedMessage[]>;
  responses: ExpectedMessage[];
  timeline: string[];
  order?: readonly { readonly first: string; readonly second: string; readonly holds: boolean }[];
}

/** A conversation with the reference's sidecar. */
export interface Recording {
  readonly name: string;
  readonly sidecar: {
    readonly flags: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
    readonly allow?: readonly string[];
    readonly tls_listener?: boolean;
  };
  readonly tls_listener?: boolean;
  readonly upstreams: Readonly<
    Record<string, { readonly replies?: readonly RecordedReply[]; readonly down?: boolean; readonly tls?: boolean }>
  >;
  readonly requests: readonly RecordedRequest[];
  readonly compare: {
    readonly timeline?: 'exact' | 'any-order' | 'none';
    readonly unordered?: readonly string[];
    readonly vary?: Readonly<Record<string, 'text' | 'int64'>>;
    readonly accept?: readonly Accepted[];
  };
}

/** The conversations of the folder, as text. */
export function readRecordings(): readonly { readonly name: string; readonly text: string }[] {
  const folder = process.env.POINTSMAN_GOLDEN_SIDECAR ?? fileURLToPath(new URL('../golden', import.meta.url));
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ name: path.basename(file, '.json'), text: readFileSync(path.join(folder, file), 'utf8') }));
}

/** A text with the ports in the place of their names. */
export function withPorts(text: string, ports: Readonly<Record<string, number>>): string {
  return text.replace(/\$\{(\w+)\}/g, (name, key: string) => (ports[key] === undefined ? name : String(ports[key])));
}

/** The bodies of a conversation, with their numbers as they were written. */
export class Bodies {
  readonly #file: JsonObjectText;

  constructor(text: string) {
    this.#file = JsonObjectText.parse(Buffer.from(text))!;
  }

  reply(upstream: string, i: number): string {
    return this.#in(this.#file.object('upstreams')!.object(upstream)!.text('replies')!, i, 'json');
  }

  request(i: number): string {
    return this.#in(this.#file.text('requests')!, i, 'body');
  }

  expected(): Expected {
    const expected = parseExactly(this.#file.text('expected')!.toString('utf8')) as Expected;
    const plain = JSON.parse(this.#file.text('expected')!.toString('utf8')) as Expected;
    for (const [i, response] of plain.responses.entries()) expected.responses[i]!.status = response.status!;
    return expected;
  }

  compare(): Recording['compare'] {
    return parseExactly(this.#file.text('compare')!.toString('utf8')) as Recording['compare'];
  }

  #in(list: Buffer, i: number, member: string): string {
    const item = JsonObjectText.of(elementsOf(list)[i]!)!;
    return compact(item.text(member)!.toString('utf8'));
  }
}
