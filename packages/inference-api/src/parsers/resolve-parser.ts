import type { Parser } from './parser.ts';

/**
 * The parser for a path (without query): the one that claims its longest ending, else the catch-all, else none.
 * Endings match without regard to slashes (`/v1/xcompletions` ends in `completions`), one trailing slash is
 * ignored, and parsers after a catch-all do not count: llm-d's rules, so that its configurations keep their meaning.
 */
export function resolveParser(parsers: readonly Parser[], path: string): Parser | undefined {
  const end = withoutTrailingSlash(path);
  let best: Parser | undefined;
  let longest = 0;
  for (const parser of parsers) {
    if (parser.paths.length === 0) return best ?? parser;
    for (const claimed of parser.paths) {
      if (claimed.length > longest && end.endsWith(claimed)) {
        best = parser;
        longest = claimed.length;
      }
    }
  }
  return best;
}

/** The parsers that can be reached: the first of each type, up to and including the first catch-all. */
export function reachableParsers(parsers: readonly Parser[]): readonly Parser[] {
  const reachable = new Map<string, Parser>();
  for (const parser of parsers) {
    if (!reachable.has(parser.type)) reachable.set(parser.type, parser);
    if (parser.paths.length === 0) break;
  }
  return [...reachable.values()];
}

/** `path` without one slash at its end. */
export function withoutTrailingSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
