import { arrange, h, setAttribute, setText, setVar } from './dom.js';
import { age, count, milliseconds, percent, shortId } from './format.js';

const COLUMNS = [
  { key: 'id', title: 'Endpoint', hint: 'Name of the endpoint' },
  { key: 'kvUsage', title: 'KV cache', bar: true, hint: 'Share of the KV cache in use', format: percent },
  { key: 'running', title: 'Running', hint: 'Requests that the model server runs', format: count },
  { key: 'waiting', title: 'Waiting', hint: 'Requests in the queue of the model server', format: count },
  { key: 'openCalls', title: 'In flight', hint: 'Requests of this scheduler that run on it', format: count },
  { key: 'share', title: 'Share', bar: true, hint: 'Part of the requests of the last minute', format: percent },
  { key: 'hitRate', title: 'Prefix hits', hint: 'Cached prompt tokens, last minute', format: percent },
  { key: 'ttftMs', title: 'TTFT', hint: 'Mean time to the first token, last minute', format: milliseconds },
  { key: 'dataAt', title: 'Data', hint: 'Age of its data' },
];

const STATES = {
  ok: 'Data is fresh',
  failing: 'Its data cannot be fetched',
  waiting: 'No data yet',
  unwatched: 'No data is fetched from it',
};

/** The endpoints of the pool, one row each. Rows stay when the data changes. */
export function createEndpointTable(container) {
  const rows = new Map();
  const sorting = { key: 'id', isDown: false };
  const heads = COLUMNS.map((column) => head(column, () => sortBy(column.key)));
  // So that the keyboard can scroll it.
  container.tabIndex = 0;
  const body = h('tbody');
  const nobody = h('p.empty', { hidden: true });
  container.replaceChildren(
    h(
      'table.endpoints',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map(({ cell }) => cell),
        ),
      ),
      body,
    ),
    nobody,
  );
  let shown = [];
  let filter = '';

  function sortBy(key) {
    if (sorting.key === key) sorting.isDown = !sorting.isDown;
    else Object.assign(sorting, { key, isDown: key !== 'id' });
    place();
  }

  function place() {
    heads.forEach(({ cell, key }) => {
      const order = sorting.isDown ? 'descending' : 'ascending';
      setAttribute(cell, 'aria-sort', key === sorting.key ? order : null);
    });
    const wanted = shown.filter((endpoint) => matches(endpoint, filter));
    const sign = sorting.isDown ? -1 : 1;
    const sorted = wanted
      .map((endpoint, i) => ({ endpoint, i }))
      .sort((a, b) => sign * compare(a.endpoint[sorting.key], b.endpoint[sorting.key], sorting.isDown) || a.i - b.i);
    arrange(
      body,
      sorted.map(({ endpoint }) => rows.get(endpoint.id).element),
    );
    nobody.hidden = wanted.length > 0;
    setText(nobody, shown.length === 0 ? 'This pool has no endpoints.' : 'No endpoint matches the filter.');
  }

  return {
    update(endpoints, now) {
      shown = endpoints;
      const ids = new Set(endpoints.map(({ id }) => id));
      for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
      const widest = Math.max(0.01, ...endpoints.map(({ share }) => share ?? 0));
      for (const endpoint of endpoints) {
        if (!rows.has(endpoint.id)) rows.set(endpoint.id, row(endpoint));
        rows.get(endpoint.id).update(endpoint, now, widest);
      }
      place();
    },
    filterBy(text) {
      filter = text.trim().toLowerCase();
      place();
    },
    reveal(id) {
      const element = rows.get(id)?.element;
      if (element === undefined) return;
      element.scrollIntoView({ block: 'center' });
      element.classList.remove('found');
      requestAnimationFrame(() => element.classList.add('found'));
    },
  };
}

function head({ key, title, hint }, onSort) {
  const cell = h(
    key === 'id' ? 'th' : 'th.number',
    { scope: 'col' },
    h('button', { type: 'button', title: `${hint}. Sort by it`, on: { click: onSort } }, title),
  );
  return { key, cell };
}

function row({ id, labels, hostPort }) {
  const dot = h('span.dot');
  const status = h('span.hidden');
  const cells = COLUMNS.slice(1).map(({ title, bar }) => {
    const text = h('span');
    const track = bar ? h('span.track', { 'aria-hidden': 'true' }, h('span')) : null;
    return { text, track, element: h('td.number', { 'data-label': title }, track, text) };
  });
  const about = [hostPort, ...Object.entries(labels).map(([name, value]) => `${name}=${value}`)].join('\n');
  const name = h('th', { scope: 'row', title: about }, h('span.name', {}, dot, h('span', {}, shortId(id))), status);
  const element = h(
    'tr',
    {},
    name,
    cells.map((cell) => cell.element),
  );
  return {
    element,
    update(endpoint, now, widest) {
      setAttribute(element, 'data-state', endpoint.state);
      const said = endpoint.error === null ? STATES[endpoint.state] : `${STATES[endpoint.state]}: ${endpoint.error}`;
      setText(status, said);
      setAttribute(dot, 'title', said);
      COLUMNS.slice(1).forEach(({ key, format }, i) => {
        const { text, track } = cells[i];
        setText(text, key === 'dataAt' ? dataAge(endpoint, now) : format(endpoint[key]));
        if (track !== null) {
          setVar(track, '--part', ((endpoint[key] ?? 0) / (key === 'share' ? widest : 1)).toFixed(3));
        }
      });
      cells[0].track.classList.toggle('full', endpoint.kvUsage > 0.9);
      cells[2].element.classList.toggle('warn', endpoint.waiting > 0);
      cells[7].element.classList.toggle('bad', endpoint.state === 'failing');
    },
  };
}

function dataAge({ state, dataAt }, now) {
  if (state === 'unwatched') return '–';
  return dataAt === null ? 'never' : age(Math.max(0, now - dataAt));
}

function matches({ id, hostPort, labels }, filter) {
  if (filter === '') return true;
  const text = [id, hostPort, ...Object.entries(labels).map(([name, value]) => `${name}=${value}`)].join(' ');
  return text.toLowerCase().includes(filter);
}

/** What is not known comes last, whichever way it is sorted. */
function compare(a, b, isDown) {
  if (a === null && b === null) return 0;
  if (a === null || b === null) return (a === null) === isDown ? -1 : 1;
  return typeof a === 'string' ? a.localeCompare(b, 'en', { numeric: true }) : a - b;
}
