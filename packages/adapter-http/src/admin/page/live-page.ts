import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The live page as one document, and the policy that lets a browser run nothing but what is in it. */
export interface LivePage {
  readonly html: string;
  readonly contentPolicy: string;
}

const STYLES = ['theme.css', 'layout.css', 'endpoints.css', 'decisions.css', 'explanation.css'];

/** In the order in which they need each other. */
const SCRIPTS = [
  'dom.js',
  'format.js',
  'chart.js',
  'live-connection.js',
  'overview.js',
  'fleet-map.js',
  'endpoint-table.js',
  'decision-list.js',
  'explanation-parts.js',
  'score-matrix.js',
  'explanation-dialog.js',
  'token-dialog.js',
  'main.js',
];

let page: LivePage | undefined;

/** Put together once, from files that lie beside this one, in the sources as in the built package. */
export function livePage(): LivePage {
  page ??= assemble();
  return page;
}

function assemble(): LivePage {
  const style = STYLES.map(asset).join('\n');
  const script = `(() => {\n'use strict';\nconst modules = {};\n${SCRIPTS.map(inlined).join('\n')}\n})();`;
  const html = asset('page.html')
    .replace('/* styles */', () => style)
    .replace('/* scripts */', () => script);
  const contentPolicy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  return { html, contentPolicy };
}

function asset(name: string): string {
  return readFileSync(new URL(`./assets/${name}`, import.meta.url), 'utf8');
}

/** A module as a part of the one script: its exports go where the imports of later ones find them. */
function inlined(name: string): string {
  const source = asset(name);
  const exported = [...source.matchAll(/^export (?:async )?(?:function|const|class) (\w+)/gm)].map((match) => match[1]);
  const body = source
    .replace(/^import ({[^}]*}) from '\.\/([\w.-]+)';\n/gm, "const $1 = modules['$2'];\n")
    .replace(/^export /gm, '');
  return `modules['${name}'] = (() => {\n${body}\nreturn { ${exported.join(', ')} };\n})();`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
