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
  const script = `(() => {\n'use strict';\n${SCRIPTS.map((name) => inlined(asset(name))).join('\n')}\n})();`;
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

/** The modules share one scope in the page, so what they say to each other is left out. */
function inlined(module: string): string {
  return module.replace(/^import [^;]*;\n/gm, '').replace(/^export (?=(async )?(function|const|class) )/gm, '');
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
