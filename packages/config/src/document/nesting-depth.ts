import { CST, Lexer } from 'yaml';

/** How deep a YAML text nests at most: brackets, indentation, and several list dashes on one line. Does not recurse. */
export function nestingDepth(text: string): number {
  const indents: number[] = [];
  let brackets = 0;
  let indicators = 0;
  let isLineStart = true;
  let deepest = 0;
  for (const token of new Lexer().lex(text)) {
    const type = CST.tokenType(token);
    if (type === 'newline') {
      isLineStart = true;
      indicators = 0;
      continue;
    }
    if (isLineStart) {
      isLineStart = false;
      const width = type === 'space' ? token.length : 0;
      while (indents.length > 0 && indents[indents.length - 1]! >= width) indents.pop();
      indents.push(width);
    }
    if (type === 'flow-seq-start' || type === 'flow-map-start') brackets++;
    else if (type === 'flow-seq-end' || type === 'flow-map-end') brackets = Math.max(0, brackets - 1);
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') indicators++;
    deepest = Math.max(deepest, indents.length + brackets + indicators);
  }
  return deepest;
}
