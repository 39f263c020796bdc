import ts from 'typescript';
import { lineOf } from './imports.ts';

export interface AmbientUse {
  /** As written: `Date.now`, `setTimeout`. */
  readonly what: string;
  /** 1-based. */
  readonly line: number;
}

const MEMBERS = ['Date.now', 'Math.random', 'performance.now'];
const TIMERS = ['setTimeout', 'setInterval'];

/** Uses of the machine's own clock, timers and randomness. Comments, strings, types and methods of other objects do not count. */
export function findAmbientTime(source: ts.SourceFile): AmbientUse[] {
  const found: AmbientUse[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTypeNode(node)) return;
    const what = ambientName(node);
    if (what) found.push({ what, line: lineOf(source, node) });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function ambientName(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const name = node.getText().replace(/^globalThis\./, '');
    return MEMBERS.includes(name) || (TIMERS.includes(name) && name !== node.getText()) ? name : undefined;
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return 'new Date()';
  if (ts.isIdentifier(node) && TIMERS.includes(node.text) && !isNameOfMember(node)) return node.text;
  return undefined;
}

/** `clock.setTimeout`, `setTimeout() {}` in a class, an interface or an object: somebody else's. */
function isNameOfMember(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  return (
    (ts.isTypeElement(parent) || ts.isClassElement(parent) || ts.isObjectLiteralElement(parent)) && parent.name === node
  );
}
