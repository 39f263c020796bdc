import { exact, integerOf, parseExactly } from './exact-json.ts';
import type { Received } from './fake-upstream.ts';
import type { Accepted, Expected, ExpectedMessage, Recording } from './recording.ts';
import type { Answer } from './send.ts';

/** Headers that only concern transport. */
const TRANSPORT: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'date',
  'host',
  'keep-alive',
  'transfer-encoding',
]);

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** What was seen in a conversation. */
export interface Seen {
  readonly requests: Readonly<Record<string, readonly Received[]>>;
  readonly responses: readonly Answer[];
  readonly timeline: readonly string[];
  /** Bodies that were sent, by `client#0` and `decode#0`. */
  readonly bodies: ReadonlyMap<string, Buffer>;
}

/** Compares what was seen with what was recorded. @returns what is different */
export class Comparison {
  readonly #problems: string[] = [];
  readonly #tokens = new Map<string, string>();
  readonly #accept: readonly Accepted[];
  readonly #vary: Readonly<Record<string, string>>;
  readonly #compare: Recording['compare'];

  constructor(compare: Recording['compare']) {
    this.#compare = compare;
    this.#accept = compare.accept ?? [];
    this.#vary = compare.vary ?? {};
  }

  problems(expected: Expected, seen: Seen): readonly string[] {
    const upstreams = new Set([...Object.keys(expected.requests), ...Object.keys(seen.requests)]);
    for (const upstream of upstreams) {
      const isUnordered = this.#compare.unordered?.includes(upstream) === true;
      const due = sorted(expected.requests[upstream] ?? [], isUnordered, ({ json }) => JSON.stringify(canonical(json)));
      const got = sorted(seen.requests[upstream] ?? [], isUnordered, ({ body }) =>
        JSON.stringify(canonical(parseExactly(body.toString('utf8')))),
      );
      if (due.length !== got.length) this.#problem(`requests.${upstream}`, due.length, got.length);
      for (const [i, message] of due.entries()) {
        const request = got[i];
        if (request === undefined) continue;
        const at = `requests.${upstream}[${i}]`;
        this.#match(message.method, request.method, `${at}.method`);
        this.#match(message.path, request.path, `${at}.path`);
        this.#message(message, request, seen, at);
      }
    }
    for (const [i, response] of expected.responses.entries()) {
      const answer = seen.responses[i]!;
      this.#match(response.status, answer.status, `responses[${i}].status`);
      this.#match(response.failed, answer.failed, `responses[${i}].failed`);
      this.#message(response, answer, seen, `responses[${i}]`);
    }
    this.#timeline(expected, seen.timeline);
    return this.#problems;
  }

  #message(
    due: ExpectedMessage,
    got: { readonly headers: Record<string, string[]>; readonly body: Buffer },
    seen: Seen,
    at: string,
  ): void {
    const names = new Set([...Object.keys(due.headers ?? {}), ...Object.keys(got.headers)]);
    for (const name of names) {
      if (TRANSPORT.has(name)) continue;
      this.#match(due.headers?.[name]?.join(', '), got.headers[name]?.join(', '), `${at}.headers.${name}`);
    }
    this.#body(due, got.body, seen, at);
  }

  #body(due: ExpectedMessage, body: Buffer, { bodies }: Seen, at: string): void {
    if (this.#rule(`${at}.body`)?.any === true) return;
    const text = body.toString('utf8');
    if (due.body_is !== undefined) this.#match(bodies.get(due.body_is)?.toString('utf8'), text, `${at}.body`);
    else if (due.json !== undefined) this.#match(due.json, json(text), `${at}.json`);
    else if (due.events !== undefined) this.#events(due.events, text, due.failed === 'aborted', at);
    else this.#match(due.text ?? '', text, `${at}.text`);
  }

  #events(due: NonNullable<ExpectedMessage['events']>, text: string, isCut: boolean, at: string): void {
    let rest = text;
    for (const [i, { raw, data }] of due.entries()) {
      const end = /\r?\n\r?\n/.exec(rest);
      const event = end === null ? rest : rest.slice(0, end.index + end[0].length);
      rest = rest.slice(event.length);
      if (raw !== undefined) this.#match(raw, event, `${at}.events[${i}]`);
      else this.#match(data, json(/^data: (.*)$/m.exec(event)?.[1] ?? event), `${at}.events[${i}]`);
    }
    if (!isCut) this.#match('', rest, `${at}.events`);
  }

  #timeline({ timeline, order = [] }: Expected, got: readonly string[]): void {
    const kind = this.#compare.timeline ?? 'exact';
    const withoutFirst = (events: readonly string[]) => events.filter((event) => !event.endsWith(':first'));
    if (kind !== 'none') {
      const arrange = (events: readonly string[]) =>
        kind === 'exact' ? withoutFirst(events) : withoutFirst(events).toSorted();
      this.#match(arrange(timeline).join(' '), arrange(got).join(' '), 'timeline');
    }
    for (const { first, second, holds } of order) {
      const a = got.indexOf(first);
      const b = got.indexOf(second);
      this.#match(holds, a !== -1 && (b === -1 || a < b), `order ${first} < ${second}`);
    }
  }

  #match(due: unknown, got: unknown, at: string): void {
    if (typeof due === 'object' && due !== null && typeof got === 'object' && got !== null) {
      const dueMembers = due as Record<string, unknown>;
      const gotMembers = got as Record<string, unknown>;
      for (const name of new Set([...Object.keys(dueMembers), ...Object.keys(gotMembers)])) {
        const own = (members: Record<string, unknown>) => (Object.hasOwn(members, name) ? members[name] : undefined);
        this.#match(own(dueMembers), own(gotMembers), Array.isArray(due) ? `${at}[${name}]` : `${at}.${name}`);
      }
      return;
    }
    if (due === got || this.#isToken(due, got) || this.#varies(due, got, at)) return;
    const rule = this.#rule(at);
    if (rule?.any === true || (rule?.absent === true && got === undefined)) return;
    const isAccepted = rule?.values?.some((value) => {
      const one = Array.isArray(value) ? value.join(', ') : value;
      return one === got || (typeof got === 'number' && one === exact(got));
    });
    if (isAccepted !== true) this.#problem(at, due, got);
  }

  /** Equal tokens stand for equal values, different ones for different values. */
  #isToken(due: unknown, got: unknown): boolean {
    if (typeof due !== 'string' || typeof got !== 'string' || !due.includes('<<')) return false;
    const names: string[] = [];
    const parts = due.split(/(<<(?:uuid|int64)#\d+>>)/).map((part) => {
      if (!part.startsWith('<<')) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
      names.push(part);
      return part.startsWith('<<uuid') ? `(${UUID})` : '(-?\\d{1,19})';
    });
    const values = new RegExp(`^${parts.join('')}$`).exec(integerOf(got) ?? got);
    if (values === null) return false;
    return names.every((name, i) => {
      const value = values[i + 1]!;
      if (!this.#tokens.has(name) && [...this.#tokens.values()].includes(value)) return false;
      this.#tokens.set(name, this.#tokens.get(name) ?? value);
      return this.#tokens.get(name) === value;
    });
  }

  #varies(due: unknown, got: unknown, at: string): boolean {
    const member = at.endsWith('.text') ? '@text' : at.slice(at.lastIndexOf('.') + 1);
    if (this.#vary[member] !== 'text') return false;
    return typeof due === 'string' && typeof got === 'string' && got !== '';
  }

  #rule(at: string): Accepted | undefined {
    const anyIndex = at.replace(/\[\d+\]/, '[*]');
    return this.#accept.find((rule) => rule.at === at || rule.at === anyIndex);
  }

  #problem(at: string, due: unknown, got: unknown): void {
    this.#problems.push(`${at}: ${JSON.stringify(due)} was recorded, ${JSON.stringify(got)} came`);
  }
}

function sorted<T>(list: readonly T[], isUnordered: boolean, by: (item: T) => string): readonly T[] {
  return isUnordered ? list.toSorted((a, b) => (by(a) < by(b) ? -1 : 1)) : list;
}

function json(text: string): unknown {
  try {
    return parseExactly(text);
  } catch {
    return text;
  }
}

/** The same value with its members in order. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, canonical(member)]);
}
