/** Names a metric and the label values that its series must have: `name` or `name{label=value,other="value"}`. */
export interface MetricSelector {
  readonly name: string;
  readonly labels: readonly { readonly name: string; readonly value: string }[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^,"{}]*?))\s*(,|$)/y;

/** @returns undefined when the text is no selector */
export function parseSelector(text: string): MetricSelector | undefined {
  const trimmed = text.trim();
  const brace = trimmed.indexOf('{');
  const name = (brace < 0 ? trimmed : trimmed.slice(0, brace)).trim();
  if (!NAME.test(name)) return undefined;
  if (brace < 0) return { name, labels: [] };
  if (!trimmed.endsWith('}')) return undefined;
  const inside = trimmed.slice(brace + 1, -1).trim();
  const labels: { name: string; value: string }[] = [];
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < inside.length) {
    const match = LABEL.exec(inside);
    if (match === null) return undefined;
    labels.push({ name: match[1]!, value: match[2]?.replace(/\\(.)/g, '$1') ?? match[3]! });
  }
  return { name, labels };
}
