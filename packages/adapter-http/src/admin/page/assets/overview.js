import { createChart, roundedUp } from './chart.js';
import { h, setAttribute, setText } from './dom.js';
import { clockTime, count, milliseconds, percent, plural, rate } from './format.js';

const SPAN_MS = 2000;
/** Spans that a large figure is an average of. */
const RECENT = 5;

/** The row of figures at the top: how much comes, how much of it is cached, how fast answers begin, how full it is. */
export function createOverview(section) {
  const requests = tile('Requests per second', {
    series: [
      { className: 'accent', area: true, read: (point) => point.requestsPerSecond },
      { className: 'bad', read: (point) => (point.failedPerSecond > 0 ? point.failedPerSecond : null) },
    ],
    labelOf: (top) => rate(top),
    topOf: (points) => roundedUp(Math.max(...points.map((point) => point.requestsPerSecond)), 1),
    sayPoint: (point) =>
      `${rate(point.requestsPerSecond)} a second${point.failedPerSecond > 0 ? `, ${rate(point.failedPerSecond)} failed` : ''}`,
  });
  const hits = tile('Prefix cache hits', {
    series: [{ className: 'accent', area: true, read: (point) => point.hitRate }],
    labelOf: () => '100 %',
    topOf: () => 1,
    sayPoint: (point) => (point.hitRate === null ? 'no prompts' : `${percent(point.hitRate)} of prompt tokens`),
  });
  const firstToken = tile('Time to first token', {
    series: [
      { className: 'soft', read: (point) => point.ttftP95Ms },
      { className: 'accent', read: (point) => point.ttftP50Ms },
    ],
    labelOf: (top) => milliseconds(top),
    topOf: (points) => roundedUp(Math.max(...points.map((point) => point.ttftP95Ms ?? 0)), 10),
    sayPoint: (point) =>
      point.ttftP50Ms === null
        ? 'no first tokens'
        : `half within ${milliseconds(point.ttftP50Ms)}, 95 % within ${milliseconds(point.ttftP95Ms)}`,
  });
  const load = loadTile();
  section.replaceChildren(requests.element, hits.element, firstToken.element, load.element);

  return {
    update(pool, now) {
      // The newest span is not over: its figures would jump.
      const points = pool.points.filter(({ at }) => at + SPAN_MS <= now);
      if (points.length === 0) return;
      const last = points.slice(-RECENT);
      const failed = sum(last, 'failedPerSecond') / last.length;
      requests.update(points, rate(sum(last, 'requestsPerSecond') / last.length), failedText(failed, points));
      requests.mark(failed > 0);
      const minute = points.slice(-30);
      const promptTokens = sum(minute, 'promptTokens');
      hits.update(
        points,
        promptTokens === 0 ? '–' : percent(sum(minute, 'cachedTokens') / promptTokens),
        promptTokens === 0 ? 'no model server reports them' : 'of prompt tokens, last minute',
      );
      const median = mean(last.map((point) => point.ttftP50Ms));
      const slow = mean(last.map((point) => point.ttftP95Ms));
      firstToken.update(
        points,
        milliseconds(median),
        slow === null ? 'none just now' : `median; 95 % within ${milliseconds(slow)}`,
      );
      load.update(pool, last);
    },
  };
}

function tile(title, { series, labelOf, topOf, sayPoint }) {
  const value = h('p.figure');
  const note = h('p.note');
  const topLabel = h('span.top');
  const chart = createChart({ series, labelOf, describe: `${title} over the last five minutes` });
  const element = h(
    'article.tile',
    {},
    h('h2.label', {}, title),
    value,
    note,
    h('div.plot', {}, topLabel, chart.picture),
    h('p.axis', { 'aria-hidden': 'true' }, h('span', {}, '5 min ago'), h('span', {}, 'now')),
  );
  let pointed;
  let usual = '';
  const say = () => setText(note, pointed === undefined ? usual : `${clockTime(pointed.at)}  ${sayPoint(pointed)}`);
  chart.onPoint((point) => {
    pointed = point;
    say();
  });
  return {
    element,
    update(points, figure, text) {
      setText(value, figure);
      usual = text;
      say();
      chart.update(points, topOf(points), topLabel);
    },
    mark: (isBad) => element.classList.toggle('alarming', isBad),
  };
}

/** What runs now, as one bar for the whole pool. */
function loadTile() {
  const value = h('p.figure');
  const note = h('p.note');
  const rows = ['KV cache in use', 'Running', 'Waiting', 'Output tokens per second'].map((name) => {
    const amount = h('dd');
    return { amount, element: h('div', {}, h('dt', {}, name), amount) };
  });
  const element = h(
    'article.tile',
    {},
    h('h2.label', {}, 'In flight'),
    value,
    note,
    h(
      'dl.facts',
      {},
      rows.map((row) => row.element),
    ),
  );
  return {
    element,
    update({ endpoints, openCalls, faults }, last) {
      const known = (field) => endpoints.map((endpoint) => endpoint[field]).filter((amount) => amount !== null);
      const total = (field) => known(field).reduce((all, amount) => all + amount, 0);
      const usage = known('kvUsage');
      const waiting = known('waiting').length === 0 ? null : total('waiting');
      setText(value, count(openCalls));
      setText(
        note,
        `on ${plural(endpoints.length, 'endpoint')}${faults > 0 ? `; ${plural(faults, 'plugin fault')} so far` : ''}`,
      );
      const figures = [
        usage.length === 0 ? '–' : percent(total('kvUsage') / usage.length),
        known('running').length === 0 ? '–' : count(total('running')),
        waiting === null ? '–' : count(waiting),
        rate(sum(last, 'outputTokensPerSecond') / last.length),
      ];
      figures.forEach((figure, i) => {
        setText(rows[i].amount, figure);
      });
      setAttribute(rows[2].element, 'class', waiting > 0 ? 'warn' : null);
    },
  };
}

function failedText(failed, points) {
  if (failed > 0) return `${rate(failed)} a second failed`;
  const ever = points.some((point) => point.failedPerSecond > 0);
  return ever ? 'none failed just now' : 'none failed';
}

function sum(points, field) {
  return points.reduce((total, point) => total + point[field], 0);
}

function mean(values) {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0) / known.length;
}
