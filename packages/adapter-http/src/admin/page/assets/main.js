import { createDecisionList } from './decision-list.js';
import { arrange, byId, h, setAttribute, setText } from './dom.js';
import { createEndpointTable } from './endpoint-table.js';
import { createExplanationDialog, decisionInHash } from './explanation-dialog.js';
import { createFleetMap } from './fleet-map.js';
import { age } from './format.js';
import { AdminApi, LiveConnection } from './live-connection.js';
import { createOverview } from './overview.js';
import { askForToken } from './token-dialog.js';

const SPANS = 150;
const THEMES = ['auto', 'light', 'dark'];

/** What the page knows, by pool. */
const pools = new Map();
let chosen;
let connection = 'connecting';
let heardAt = 0;
/** How far the clock of the scheduler is ahead of the browser's. */
let clockAhead = 0;

const api = new AdminApi();
const dialog = createExplanationDialog(byId('explanation'), api);
const overview = createOverview(byId('overview'));
const table = createEndpointTable(byId('endpoint-scroll'));
const fleet = createFleetMap(byId('fleet'), (id) => table.reveal(id));
const decisions = createDecisionList(
  byId('decision-list'),
  byId('decision-filter'),
  byId('decision-summary'),
  (entry) => dialog.open(entry),
);
byId('endpoint-filter').addEventListener('input', (event) => table.filterBy(event.target.value));

function take({ at, pools: views }, isFirst) {
  heardAt = Date.now();
  clockAhead = at - heardAt;
  const names = new Set(views.map(({ name }) => name));
  for (const name of pools.keys()) if (!names.has(name) || isFirst) pools.delete(name);
  for (const view of views) {
    const known = pools.get(view.name);
    pools.set(view.name, {
      ...view,
      points: merged(known?.points ?? [], view.traffic, (point) => point.at, SPANS),
      entries: entriesOf(known?.entries, view.decisions),
    });
  }
  if (!pools.has(chosen)) chosen = views[0]?.name;
  paint();
}

/** Old and new by their keys, ascending, the last `limit` of them. */
function merged(old, fresh, keyOf, limit) {
  const all = new Map(old.map((item) => [keyOf(item), item]));
  for (const item of fresh) all.set(keyOf(item), item);
  return [...all.values()].sort((a, b) => keyOf(a) - keyOf(b)).slice(-limit);
}

/** The entries that are in some list: new ones as they came, the others as they were. */
function entriesOf(old = new Map(), { lists, entries }) {
  const fresh = new Map(entries.map((entry) => [entry.key, entry]));
  const wanted = new Set(Object.values(lists).flat());
  return new Map(
    [...wanted].flatMap((key) => (fresh.has(key) || old.has(key) ? [[key, fresh.get(key) ?? old.get(key)]] : [])),
  );
}

function paint() {
  const pool = pools.get(chosen);
  paintPools();
  if (pool === undefined) return;
  const now = Date.now() + clockAhead;
  overview.update(pool, now);
  fleet.update(pool.endpoints);
  table.update(pool.endpoints, now);
  decisions.update(pool.decisions.lists, pool.entries, now);
  const failing = pool.endpoints.filter(({ state }) => state === 'failing').length;
  setText(byId('endpoint-summary'), `${pool.endpoints.length}${failing > 0 ? `, ${failing} failing` : ''}`);
  byId('endpoint-summary').classList.toggle('bad', failing > 0);
}

const tabs = new Map();

function paintPools() {
  const nav = byId('pools');
  nav.hidden = pools.size < 2;
  for (const name of tabs.keys()) if (!pools.has(name)) tabs.delete(name);
  for (const name of pools.keys()) {
    if (!tabs.has(name)) tabs.set(name, h('button', { type: 'button', on: { click: () => choose(name) } }, name));
    setAttribute(tabs.get(name), 'aria-current', name === chosen ? 'true' : null);
  }
  arrange(
    nav,
    [...pools.keys()].map((name) => tabs.get(name)),
  );
}

function choose(name) {
  chosen = name;
  decisions.clear();
  paint();
}

function paintState() {
  const state = byId('state');
  setAttribute(state, 'data-state', connection);
  document.body.classList.toggle('stale', connection === 'stale' && heardAt > 0);
  const texts = {
    connecting: 'Connecting',
    live: 'Live',
    locked: 'Locked',
    stale: heardAt === 0 ? 'No connection' : `Stale for ${age(Date.now() - heardAt)}, reconnecting`,
  };
  setText(byId('state-text'), texts[connection]);
}

function setTheme(theme) {
  localStorage.setItem('pointsman-theme', theme);
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const button = byId('theme');
  setText(button, { auto: '◐', light: '☀', dark: '☾' }[theme]);
  setAttribute(button, 'aria-label', `Colours: ${theme}. Change`);
  setAttribute(button, 'title', `Colours: ${theme}`);
  button.onclick = () => setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]);
}

function openFromHash() {
  const id = decisionInHash();
  if (id !== null) dialog.open({ id });
}

const stored = localStorage.getItem('pointsman-theme');
setTheme(THEMES.includes(stored) ? stored : 'auto');
setInterval(() => {
  paintState();
  if (connection === 'live') return;
  // Ages go on while nothing comes in.
  paint();
}, 1000);

let isFirstMessage = true;
new LiveConnection(api, {
  onMessage(message, isFirst) {
    take(message, isFirst);
    if (isFirstMessage) openFromHash();
    isFirstMessage = false;
  },
  onState(next) {
    connection = next;
    paintState();
  },
  onUnauthorized: () => askForToken(byId('token'), api),
}).run();
window.addEventListener('hashchange', openFromHash);
