import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
  parseDocument,
  type ScalarTag,
  type Tags,
  visit,
} from 'yaml';
import type { ConfigPath } from '../problems/config-problem.ts';
import { nestingDepth } from './nesting-depth.ts';

/** A place in a file, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something that YAML itself objects to. */
export interface SyntaxProblem extends Position {
  readonly message: string;
}

/** A YAML or JSON text with the places of everything in it. */
export interface YamlDocument {
  /** Plain data; undefined when the text is empty or broken. */
  readonly data: unknown;
  /** Empty when the text can be read. */
  readonly problems: readonly SyntaxProblem[];
  /** Where the value stands, or as much of its path as there is. With `key`, where its key stands. */
  locate(path: ConfigPath, part?: 'key' | 'value'): Position;
}

/** More than any configuration has. */
const DEPTH_LIMIT = 200;

/**
 * Reads YAML 1.1 booleans and numbers (`yes`, `0755`), as the reference does, but no dates and no base 60: there `1:30`
 * and `2026-01-01` are texts.
 */
export function parseYaml(text: string): YamlDocument {
  // The parser recurses: what nests without end would take the process down.
  if (nestingDepth(text) > DEPTH_LIMIT) {
    return broken([{ line: 1, column: 1, message: `nested deeper than ${DEPTH_LIMIT} levels` }]);
  }
  return parse(text);
}

function broken(problems: readonly SyntaxProblem[]): YamlDocument {
  return { data: undefined, problems, locate: () => ({ line: 1, column: 1 }) };
}

function parse(text: string): YamlDocument {
  const lines = new LineCounter();
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parseDocument(text, {
    version: '1.1',
    lineCounter: lines,
    prettyErrors: false,
    // No process warnings: what is wrong is reported here.
    logLevel: 'error',
    customTags: (tags) => [...tags.filter((tag) => !isForeign(tag)), decimal],
  });
  const problems: SyntaxProblem[] = document.errors.map((error) => ({
    ...at(error.pos[0]),
    message:
      error.code === 'DUPLICATE_KEY' ? `the key "${keyAt(text, error.pos[0])}" is there twice` : lowered(error.message),
  }));
  visit(document, {
    Pair(_key, { key }) {
      // A key is what is written: `on` is a name there, not a boolean.
      if (isScalar(key) && typeof key.value !== 'string' && key.source !== undefined) key.value = key.source;
    },
    Alias(_key, alias) {
      if (alias.resolve(document) === undefined) {
        problems.push({ ...at(alias.range?.[0] ?? 0), message: `there is no anchor "${alias.source}"` });
      }
    },
  });
  if (problems.length > 0) return broken(problems);
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 100 }) ?? undefined;
  } catch (error) {
    return broken([{ line: 1, column: 1, message: lowered(error instanceof Error ? error.message : String(error)) }]);
  }
  return {
    data,
    problems,
    locate: (path, part = 'value') => at(offsetOf(document.contents, path, part, (node) => resolve(node, document))),
  };
}

type Document = ReturnType<typeof parseDocument>;

function resolve(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function offsetOf(
  root: ParsedNode | null,
  path: ConfigPath,
  part: 'key' | 'value',
  resolved: (node: unknown) => unknown,
): number {
  let node: unknown = root;
  let offset = startOf(root) ?? 0;
  for (const [depth, step] of path.entries()) {
    const container = resolved(node);
    const pair = isMap(container) ? pairOf(container.items, step) : undefined;
    if (pair === undefined && !isSeq(container)) return offset;
    node = pair === undefined ? (isSeq(container) ? container.items[Number(step)] : undefined) : pair.value;
    const wantsKey = pair !== undefined && (part === 'key' || startOf(node) === undefined || isEmpty(node));
    const next = startOf(wantsKey && depth === path.length - 1 ? pair.key : node) ?? startOf(pair?.key);
    if (next === undefined) return offset;
    offset = next;
  }
  return offset;
}

/** Keys of parameters may be written in any case, so an exact match comes first and any other one after it. */
function pairOf(items: readonly Pair[], step: string | number): Pair | undefined {
  const named = (item: Pair) => (isScalar(item.key) ? String(item.key.value) : String(item.key));
  const wanted = String(step);
  return (
    items.find((item) => isPair(item) && named(item) === wanted) ??
    items.find((item) => isPair(item) && named(item).toLowerCase() === wanted.toLowerCase())
  );
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined | null)?.range?.[0];
}

function isEmpty(node: unknown): boolean {
  return isScalar(node) && node.value === null && node.source === '';
}

/** YAML 1.1 types that the reference does not know, and the library's decimal numbers: see {@link decimal}. */
function isForeign(tag: Tags[number]): boolean {
  if (typeof tag === 'string') return false;
  const { format, tag: name, test } = tag as ScalarTag;
  if (name === FLOAT) return test?.test('.inf') !== true;
  return format === 'TIME' || /:(timestamp|binary|omap|pairs|set)$/.test(name);
}

const FLOAT = 'tag:yaml.org,2002:float';

/** Decimal numbers, which have a digit: the library takes the texts `e1` and `.` for numbers as well. */
const decimal: ScalarTag = {
  identify: () => false,
  default: true,
  tag: FLOAT,
  test: /^[-+]?(?=\.?\d)(?:\d[\d_]*)?(?:\.[\d_]*)?(?:[eE][-+]?\d+)?$/,
  resolve: (text: string) => Number(text.replaceAll('_', '')),
};

function keyAt(text: string, offset: number): string {
  return /^("[^"]*"|'[^']*'|[^\s:,}]+)/.exec(text.slice(offset, offset + 200))?.[0].replace(/^["']|["']$/g, '') ?? '';
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
