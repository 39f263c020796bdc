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
  vllmgrpcParser,
  vllmhttpParser,
} from '../src/index.ts';

const byType = new Map<string, Parser>(
  [
    openaiParser,
    anthropicParser,
    vllmhttpParser,
    sglanghttpParser,
    vertexaiParser,
    vllmgrpcParser,
    passthroughParser,
  ].map((p) => [p.type, p]),
);

/** The vectors of a file. */
export function goldenVectors<V extends { readonly id: string }>(name: string): V[] {
  const folder = process.env.POINTSMAN_GOLDEN ?? fileURLToPath(new URL('./golden', import.meta.url));
  const lines = readFileSync(join(folder, name), 'utf8').split('\n').filter(Boolean);
  return lines.map((line): V => JSON.parse(line));
}

export function parsersNamed(types: readonly string[]): Parser[] {
  return types.map((type) => {
    const parser = byType.get(type);
    if (!parser) throw new Error(`no parser ${type}`);
    return parser;
  });
}
