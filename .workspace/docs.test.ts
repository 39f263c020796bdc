import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type Document, documents } from './documents.ts';
import { root } from './packages.ts';

interface Snippet {
  /** Where a reader finds it, `docs/embedding.md:12`. */
  readonly where: string;
  /** A file beside the page, which exists in memory only. */
  readonly path: string;
  readonly code: string;
}

const pages = documents();
const snippets = pages.flatMap(snippetsOf);

describe('snippets in the documents', () => {
  it('are found', () => {
    expect(snippets.length).toBeGreaterThan(5);
  });

  it('compile against the sources', { timeout: 120_000 }, () => {
    expect(problemsOf(snippets)).toEqual([]);
  });
});

describe('links in the documents', () => {
  it('lead to files that exist', () => {
    const broken = pages.flatMap(({ name, file, text }) =>
      [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
        .map((match) => match[1]!)
        .filter((target) => !existsSync(join(dirname(file), target)))
        .map((target) => `${name}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('lead to headings that exist', () => {
    const byFile = new Map(pages.map((page) => [page.file, page]));
    const broken = pages.flatMap(({ name, file, text }) =>
      [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)/g)]
        .filter(([, target, anchor]) => {
          const page = byFile.get(target === '' ? file : join(dirname(file), target!));
          return page !== undefined && !anchorsOf(page).has(anchor!);
        })
        .map(([, target, anchor]) => `${name}: ${target}#${anchor}`),
    );
    expect(broken).toEqual([]);
  });

  it('lead from docs/README.md to every page', () => {
    const index = pages.find(({ name }) => name === 'docs/README.md')!;
    const missing = pages
      .map(({ name }) => name)
      .filter((name) => name.startsWith('docs/') && name !== index.name)
      .filter((name) => !index.text.includes(`](${name.slice('docs/'.length)})`));
    expect(missing).toEqual([]);
  });
});

/** The names that headings have in links. */
function anchorsOf({ text }: Document): ReadonlySet<string> {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!.toLowerCase());
  return new Set(headings.map((heading) => heading.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')));
}

function snippetsOf({ name, file, text }: Document): Snippet[] {
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match, index) => ({
    where: `${name}:${text.slice(0, match.index).split('\n').length}`,
    path: `${file}-${index}.ts`,
    // A snippet is a module, so that those of one page do not see each other.
    code: `${match[1]!}\nexport {};\n`,
  }));
}

function problemsOf(all: readonly Snippet[]): string[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.config.compilerOptions, root);
  const byPath = new Map(all.map((snippet) => [snippet.path, snippet]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => byPath.has(path) || fileExists.call(host, path);
  host.readFile = (path) => byPath.get(path)?.code ?? readFile.call(host, path);
  host.getSourceFile = (path, target, ...rest) => {
    const code = byPath.get(path)?.code;
    return code === undefined
      ? getSourceFile.call(host, path, target, ...rest)
      : ts.createSourceFile(path, code, typeof target === 'object' ? target : { languageVersion: target }, true);
  };
  const program = ts.createProgram([...byPath.keys()], options, host);
  return [...byPath.values()].flatMap((snippet) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(snippet.path)).map((problem) => {
      const message = ts.flattenDiagnosticMessageText(problem.messageText, ' ');
      const line = problem.file?.getLineAndCharacterOfPosition(problem.start ?? 0).line ?? 0;
      return `${snippet.where} line ${line + 1} of the snippet: ${message}`;
    }),
  );
}
