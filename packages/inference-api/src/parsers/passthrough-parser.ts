import type { Parser } from './parser.ts';

/** The catch-all: forwards bodies unread. Nothing is known of such a request but its headers. */
export const passthroughParser: Parser = {
  type: 'passthrough-parser',
  paths: [],
  apiOf: () => 'raw',
  parse: ({ body }) => ({
    api: 'raw',
    parser: passthroughParser.type,
    stream: false,
    content: { kind: 'raw' },
    json: undefined,
    body,
    supportsModelRewrite: false,
  }),
};
