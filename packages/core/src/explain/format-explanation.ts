import type { ExplainedProfile, Explanation } from '../contract/explanation.ts';

export interface FormatOptions {
  readonly as: 'table' | 'markdown' | 'json';
  /** Candidates to show in each profile; default 10. */
  readonly top?: number;
}

/** An explanation for people (`table`, `markdown`) or programs (`json`). */
export function formatExplanation(explanation: Explanation, options: FormatOptions): string {
  if (options.as === 'json') return JSON.stringify(explanation, null, 2);
  const grid = options.as === 'markdown' ? markdownGrid : plainGrid;
  const lines = headline(explanation);
  for (const profile of explanation.profiles) {
    lines.push('', ...formatProfile(profile, options.top ?? 10, grid));
  }
  const oldest = explanation.data.map(({ writer, ages }) => {
    const known = ages.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
    const never = ages.length - known.length;
    const age = known.length === 0 ? 'never written' : `up to ${Math.round(Math.max(...known))} ms old`;
    return `${writer} ${age}${known.length > 0 && never > 0 ? `, ${never} never written` : ''}`;
  });
  if (oldest.length > 0) lines.push('', `Data: ${oldest.join('; ')}`);
  for (const { plugin, text } of explanation.notes) lines.push(`Note: ${plugin}: ${text}`);
  for (const { plugin, stage, message } of explanation.faults) lines.push(`Fault: ${plugin} in ${stage}: ${message}`);
  const timings = Object.entries(explanation.timingsUs).filter(([, us]) => us > 0);
  if (timings.length > 0) lines.push(`Took: ${timings.map(([stage, us]) => `${stage} ${us} us`).join(', ')}`);
  return lines.join('\n');
}

function headline(explanation: Explanation): string[] {
  const { attempts, outcome } = explanation;
  const lines = [
    `Decision ${explanation.id} at ${explanation.at}, seed ${explanation.seed}`,
    `Request ${explanation.requestId}, model ${explanation.model === '' ? '(none)' : explanation.model}`,
    `Target: ${explanation.target}`,
  ];
  if (explanation.fallbacks.length > 0) lines.push(`Fallbacks: ${explanation.fallbacks.join(', ')}`);
  for (const [role, endpoint] of Object.entries(explanation.companions)) lines.push(`${role}: ${endpoint}`);
  for (const { endpoint, left } of attempts) if (left !== null) lines.push(`Left ${endpoint}: ${left}`);
  if (outcome !== null) {
    const cached =
      outcome.cachedTokens === null ? '' : `, ${outcome.cachedTokens} of ${outcome.promptTokens} prompt tokens cached`;
    const first = outcome.firstTokenMs === null ? '' : `, first token after ${outcome.firstTokenMs.toFixed(1)} ms`;
    lines.push(`Outcome: ${outcome.status} after ${outcome.totalMs.toFixed(1)} ms${first}${cached}`);
  }
  return lines;
}

type Grid = (header: readonly string[], rows: readonly (readonly string[])[]) => string[];

function formatProfile(profile: ExplainedProfile, top: number, grid: Grid): string[] {
  const lines = [`Profile ${profile.profile}: ${profile.considered.length} considered`];
  for (const { plugin, kept } of profile.filters) lines.push(`  ${plugin} kept ${kept}`);
  for (const { endpoint, filter, reason } of profile.dropped.slice(0, top)) {
    lines.push(`  dropped ${endpoint} by ${filter}: ${reason}`);
  }
  if (profile.dropped.length > top) lines.push(`  ... and ${profile.dropped.length - top} more dropped`);
  const header = [
    '',
    'endpoint',
    'total',
    ...profile.scorers.map(({ plugin, weight }) => `${plugin} x${number(weight)}`),
  ];
  const rows = profile.candidates
    .slice(0, top)
    .map((candidate) => [
      candidate.rank === null ? '' : String(candidate.rank),
      candidate.endpoint,
      number(candidate.total),
      ...candidate.scores.map(({ raw, weighted }) => (raw === null ? '-' : `${number(raw)} = ${number(weighted)}`)),
    ]);
  lines.push(...grid(header, rows));
  if (profile.candidates.length > top) lines.push(`  ... and ${profile.candidates.length - top} more`);
  for (const { plugin, endpoint, delta, reason } of profile.adjustments) {
    lines.push(`  ${plugin} moved ${endpoint} by ${number(delta)}: ${reason}`);
  }
  if (profile.tied > 1) lines.push(`${profile.picker}: ${profile.tied} share the best total; the seed decided`);
  else if (profile.margin !== null) lines.push(`${profile.picker}: ahead by ${number(profile.margin)}`);
  for (const flip of profile.flips.slice(0, 3)) {
    const ways = [
      flip.weight === null ? [] : [`weight ${number(flip.weight)}`],
      flip.rawScore === null ? [] : [`a score of ${number(flip.rawScore)}`],
    ].flat();
    lines.push(`  ${flip.runnerUp} would have won with ${flip.scorer} at ${ways.join(' or ')}`);
  }
  return lines;
}

function number(value: number): string {
  return String(Math.round(value * 1e4) / 1e4);
}

function plainGrid(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c]!.length)));
  const line = (cells: readonly string[]) =>
    `  ${cells
      .map((cell, c) => cell.padEnd(widths[c]!))
      .join('  ')
      .trimEnd()}`;
  return [line(header), ...rows.map(line)];
}

function markdownGrid(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)];
}
