/** An answer, token by token, that ends before the first stop sequence. */
export interface StoppedText {
  readonly tokens: readonly string[];
  /** The sequence that ended it. */
  readonly stoppedBy: string | undefined;
}

/** Cuts an answer before the first stop sequence. The token that completes the sequence is still generated, with less text. */
export function stopText(tokens: readonly string[], stops: readonly string[]): StoppedText {
  if (stops.length === 0) return { tokens, stoppedBy: undefined };
  const text = tokens.join('');
  let cut = text.length;
  let stoppedBy: string | undefined;
  for (const stop of stops) {
    const at = stop === '' ? -1 : text.indexOf(stop);
    if (at === -1 || at > cut || (at === cut && stoppedBy !== undefined)) continue;
    cut = at;
    stoppedBy = stop;
  }
  if (stoppedBy === undefined) return { tokens, stoppedBy };
  const kept: string[] = [];
  for (let i = 0, start = 0; start < cut + stoppedBy.length; start += tokens[i]!.length, i++) {
    kept.push(tokens[i]!.slice(0, Math.max(0, cut - start)));
  }
  return { tokens: kept, stoppedBy };
}
