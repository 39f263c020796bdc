import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  anthropicParser,
  openaiParser,
  type Parser,
  passthroughParser,
  sglanghttpParser,
  vertexaiParser,
  vllmhttpParser,
} from '../src/index.ts';

/** Parsers that are not built. */
const unbuiltParsers = ['vllmgrpc-parser'];

const byType = new Map<string, Parser>(
  [openaiParser, anthropicParser, vllmhttpParser, sglanghttpParser, vertexaiParser, passthroughParser].map((p) => [
    p.type,
    p,
  ]),
);

/** The vectors of a file, without those that need a parser which is not here; says how many those are. */
export function goldenVectors<V extends { readonly id: string }>(name: string, parsersOf: (v: V) => string[]): V[] {
  const folder = process.env.POINTSMAN_GOLDEN ?? fileURLToPath(new URL('./golden', import.meta.url));
  const lines = readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean);
  const all = lines.map((line): V => JSON.parse(line));
  const kept = all.filter((v) => !parsersOf(v).some((type) => unbuiltParsers.includes(type)));
  console.log(`${name}: ${kept.length} vectors, ${all.length - kept.length} skipped (${unbuiltParsers.join(', ')})`);
  return kept;
}

export function parsersNamed(types: readonly string[]): Parser[] {
  return types.map((type) => {
    const parser = byType.get(type);
    if (!parser) throw new Error(`no parser ${type}`);
    return parser;
  });
}
