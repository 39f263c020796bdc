import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

interface Snippet {
  /** Where a reader finds it, `docs/embedding.md:12`. */
  readonly where: string;
  /** A file beside the page, which exists in memory only. */
  readonly path: string;
  readonly code: string;
}

const snippets = pages().flatMap(snippetsOf);

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
    const broken = pages().flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
        .map((match) => match[1]!)
        .filter((target) => statSync(join(dirname(page), target), { throwIfNoEntry: false }) === undefined)
        .map((target) => `${relative(root, page)}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

function pages(): string[] {
  const folders = ['docs', 'packages', 'examples'].map((name) => join(root, name));
  return [join(root, 'README.md'), ...folders.flatMap(markdownIn)].filter(
    (page) => statSync(page, { throwIfNoEntry: false }) !== undefined,
  );
}

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name === 'golden') return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return markdownIn(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match, index) => ({
    where: `${relative(root, page)}:${text.slice(0, match.index).split('\n').length}`,
    path: `${page}-${index}.ts`,
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
