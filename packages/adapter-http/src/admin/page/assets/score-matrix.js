import { h } from './dom.js';
import { count, score, shortId } from './format.js';

const SHOWN = 12;

/** Candidates by scorers: what each scorer said, what it counted, and what came of it. */
export function createScoreMatrix({ candidates, scorers, profile }) {
  if (candidates.length === 0) return h('p.empty', {}, 'Nobody was scored.');
  const most = Math.max(1e-9, ...candidates.map(({ total }) => Math.abs(total)));
  const body = h('tbody');
  const show = (amount) =>
    body.replaceChildren(...candidates.slice(0, amount).map((candidate) => line(candidate, most)));
  show(SHOWN);
  const titles = scorers.map(({ plugin, weight }, i) =>
    h('th.number', { scope: 'col' }, h(`span.key.c${i % 8}`), plugin, h('small', {}, `weight ${score(weight)}`)),
  );
  const head = h(
    'tr',
    {},
    h('th.rank', { scope: 'col' }, h('span.hidden', {}, 'Rank')),
    h('th', { scope: 'col' }, 'Endpoint'),
    h('th.total', { scope: 'col' }, 'Total'),
    titles,
  );
  const table = h(
    'div.matrix',
    { tabindex: 0, role: 'region', 'aria-label': `Scores of profile ${profile}` },
    h('table', {}, h('thead', {}, head), body),
  );
  if (candidates.length <= SHOWN) return table;
  const more = h(
    'button.quiet',
    {
      type: 'button',
      on: {
        click: () => {
          show(candidates.length);
          more.remove();
        },
      },
    },
    `Show all ${count(candidates.length)} candidates`,
  );
  return h('div', {}, table, more);
}

function line({ endpoint, total, rank, scores }, most) {
  const parts = scores.map(({ weighted }, i) =>
    weighted > 0 ? h(`span.c${i % 8}`, { vars: { '--part': (weighted / most).toFixed(4) } }) : null,
  );
  const cells = scores.map(({ raw, weighted }, i) =>
    raw === null
      ? h('td.number.muted', { title: 'no opinion, or its contribution was lost' }, '–')
      : h(
          `td.number.cell.c${i % 8}`,
          { vars: { '--part': Math.min(1, Math.max(0, raw)).toFixed(3) } },
          score(weighted),
          h('small', {}, score(raw)),
        ),
  );
  return h(
    rank === 1 ? 'tr.chosen' : 'tr',
    {},
    h('td.rank', {}, rank === null ? '' : String(rank)),
    h('th', { scope: 'row', title: endpoint }, shortId(endpoint)),
    h('td.total', {}, h('span', {}, score(total)), h('span.stack', { 'aria-hidden': 'true' }, parts)),
    cells,
  );
}
