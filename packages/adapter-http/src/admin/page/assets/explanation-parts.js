import { h } from './dom.js';
import { age, count, microseconds, milliseconds, percent, plural, score, shortId } from './format.js';

/** What became of the request, as a row of figures. */
export function outcomePart(outcome) {
  if (outcome === null) return facts([['Outcome', 'still running']]);
  const { status, httpStatus, firstTokenMs, totalMs, promptTokens, cachedTokens, outputTokens } = outcome;
  const prompt =
    promptTokens === null
      ? '–'
      : `${count(promptTokens)}${cachedTokens === null || promptTokens === 0 ? '' : ` (${percent(cachedTokens / promptTokens)} cached)`}`;
  return facts([
    ['Outcome', httpStatus === null ? status : `${status}, HTTP ${httpStatus}`],
    ['First token', milliseconds(firstTokenMs)],
    ['Whole answer', milliseconds(totalMs)],
    ['Prompt tokens', prompt],
    ['Output tokens', count(outputTokens)],
  ]);
}

function facts(pairs) {
  return h(
    'dl.outcome',
    {},
    pairs.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

/** Endpoints that were tried; only worth a word when there was more than one. */
export function attemptsPart(attempts) {
  if (attempts.length < 2) return null;
  const steps = attempts.map(({ endpoint, left }) =>
    h('li', {}, h('strong', {}, shortId(endpoint)), left === null ? ' served it' : ` was left: ${left}`),
  );
  return part('Attempts', h('ol.steps', {}, steps));
}

/** How many candidates each filter left. */
export function funnelPart({ considered, filters, picked }) {
  const steps = [
    h('li', {}, h('strong', {}, count(considered.length)), ' considered'),
    ...filters.map(({ plugin, kept }) => h('li', {}, h('strong', {}, count(kept)), ` left by ${plugin}`)),
    h('li', {}, h('strong', {}, count(picked.length)), ' picked'),
  ];
  return h('ol.funnel', {}, steps);
}

/** In one sentence: by how much the target won. */
export function verdictPart({ tied, margin, picker, candidates }) {
  const second = candidates.find(({ rank }) => rank !== 1);
  if (tied > 1)
    return h('p.verdict', {}, `${tied} endpoints shared the best total; the seed decided between them (${picker}).`);
  if (margin === null || second === undefined) return h('p.verdict', {}, `There was no other candidate (${picker}).`);
  const other = h('strong', {}, shortId(second.endpoint));
  if (margin < 0) return h('p.verdict', {}, `${picker} chose it by chance; `, other, ` had ${score(-margin)} more.`);
  return h('p.verdict', {}, 'Ahead of ', other, ` by ${score(margin)} (${picker}).`);
}

export function flipsPart({ flips }) {
  if (flips.length === 0) return null;
  const lines = flips.map(({ scorer, runnerUp, weight, rawScore }) => {
    const ways = [
      ...(weight === null ? [] : [`a weight of ${score(weight)}`]),
      ...(rawScore === null ? [] : [`a score of ${score(rawScore)}`]),
    ];
    return h('li', {}, h('strong', {}, shortId(runnerUp)), ` with ${ways.join(', or ')} from ${scorer}`);
  });
  return part('What would have won instead', h('ul.plain', {}, lines));
}

export function adjustmentsPart({ adjustments }) {
  if (adjustments.length === 0) return null;
  const lines = adjustments.map(({ plugin, endpoint, delta, reason }) =>
    h(
      'li',
      {},
      h('strong', {}, shortId(endpoint)),
      ` ${delta < 0 ? '−' : '+'}${score(Math.abs(delta))} by ${plugin}: ${reason}`,
    ),
  );
  return part('Adjustments', h('ul.plain', {}, lines));
}

/** Those that filters dropped, together where the reason is the same. */
export function dropsPart(drops) {
  if (drops.length === 0) return null;
  const groups = new Map();
  for (const { filter, reason, endpoint } of drops) {
    const key = JSON.stringify([filter, reason]);
    if (!groups.has(key)) groups.set(key, { filter, reason, endpoints: [] });
    groups.get(key).endpoints.push(shortId(endpoint));
  }
  const lines = [...groups.values()].map(({ filter, reason, endpoints }) => {
    const names = endpoints.length > 3 ? plural(endpoints.length, 'endpoint') : endpoints.join(', ');
    return h('li', { title: endpoints.join('\n') }, h('strong', {}, names), ` by ${filter}: ${reason}`);
  });
  return part(`Dropped (${count(drops.length)})`, h('ul.plain', {}, lines));
}

/** Where the time of the decision went. */
export function timingsPart(timingsUs) {
  const stages = Object.entries(timingsUs).filter(([, us]) => us > 0);
  const total = stages.reduce((sum, [, us]) => sum + us, 0);
  if (total === 0) return null;
  const bar = stages.map(([, us], i) => h(`span.c${i % 8}`, { vars: { '--part': (us / total).toFixed(4) } }));
  const names = stages.map(([stage, us], i) => h('li', {}, h(`span.key.c${i % 8}`), `${stage} ${microseconds(us)}`));
  return part(
    `Time to decide: ${microseconds(total)}`,
    h('div.stack', { 'aria-hidden': 'true' }, bar),
    h('ul.legend', {}, names),
  );
}

export function dataPart(data, target) {
  if (data.length === 0) return null;
  const lines = data.map(({ writer, ages }) => {
    const own = ages.find(({ endpoint }) => endpoint === target)?.ageMs ?? null;
    const known = ages.flatMap(({ ageMs }) => (ageMs === null ? [] : [ageMs]));
    const never = ages.length - known.length;
    const oldest = known.length === 0 ? 'never written' : `oldest ${age(Math.max(...known))}`;
    return h(
      'li',
      {},
      h('strong', {}, writer),
      `: target ${age(own)}, ${oldest}${never > 0 && known.length > 0 ? `, ${count(never)} never written` : ''}`,
    );
  });
  return part('Age of the data', h('ul.plain', {}, lines));
}

export function remarksPart({ faults, notes }) {
  const lines = [
    ...faults.map(({ plugin, stage, message }) =>
      h('li.bad', {}, h('strong', {}, plugin), ` failed in ${stage}: ${message}`),
    ),
    ...notes.map(({ plugin, text }) => h('li', {}, h('strong', {}, plugin), `: ${text}`)),
  ];
  return lines.length === 0 ? null : part('Remarks', h('ul.plain', {}, lines));
}

function part(title, ...content) {
  return h('section.part', {}, h('h4', {}, title), content);
}
