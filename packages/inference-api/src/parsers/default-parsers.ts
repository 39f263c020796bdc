import { anthropicParser } from './anthropic-parser.ts';
import { openaiParser } from './openai-parser.ts';
import type { Parser } from './parser.ts';
import { passthroughParser } from './passthrough-parser.ts';
import { vllmhttpParser } from './vllmhttp-parser.ts';

/** The parsers that are enabled when a configuration names none. */
export const defaultParsers: readonly Parser[] = [openaiParser, anthropicParser, vllmhttpParser, passthroughParser];
