import { arrange, h, setAttribute, setText, setVar } from './dom.js';
import { age, clockTime, milliseconds, percent, shortId } from './format.js';

const SHOWN = 80;
const SLOW_MS = 2000;
const FILTERS = [
  { name: 'All', keep: () => true },
  { name: 'Slow', keep: (entry) => (entry.firstTokenMs ?? entry.totalMs ?? 0) >= SLOW_MS },
  { name: 'Failed', keep: (entry) => entry.failed },
];

/** Recent decisions, newest first. Holds still while somebody points at it, so that a line can be hit. */
export function createDecisionList(list, filterGroup, summary, onOpen) {
  const rows = new Map();
  let filter = FILTERS[0];
  let isHeld = false;
  let latest = [];
  let latestNow = 0;

  const buttons = FILTERS.map((candidate) =>
    h('button', { type: 'button', on: { click: () => choose(candidate) } }, candidate.name),
  );
  filterGroup.replaceChildren(...buttons);

  function choose(candidate) {
    filter = candidate;
    buttons.forEach((button, i) => {
      setAttribute(button, 'aria-pressed', String(FILTERS[i] === filter));
    });
    paint(true);
  }

  function hold(held) {
    isHeld = held;
    if (!held) paint(true);
  }
  list.addEventListener('pointerenter', () => hold(true));
  list.addEventListener('pointerleave', () => hold(list.matches(':focus-within')));
  list.addEventListener('focusin', () => hold(list.querySelector(':focus-visible') !== null));
  list.addEventListener('focusout', () => hold(list.matches(':hover')));

  function paint(isForced) {
    const wanted = latest.filter(filter.keep).slice(0, SHOWN);
    if (isHeld && !isForced) {
      for (const entry of wanted) rows.get(entry.key)?.update(entry, latestNow);
      setText(summary, 'held still');
      return;
    }
    const keys = new Set(wanted.map(({ key }) => key));
    for (const key of rows.keys()) if (!keys.has(key)) rows.delete(key);
    for (const entry of wanted) {
      if (!rows.has(entry.key)) rows.set(entry.key, row(entry, onOpen));
      rows.get(entry.key).update(entry, latestNow);
    }
    arrange(
      list,
      wanted.length > 0 ? wanted.map(({ key }) => rows.get(key).element) : [h('li.empty', {}, emptyText(filter))],
    );
    setText(summary, '');
  }

  choose(filter);
  return {
    update(entries, now) {
      latest = entries;
      latestNow = now;
      paint(false);
    },
    clear() {
      rows.clear();
      paint(true);
    },
  };
}

function emptyText({ name }) {
  if (name === 'Failed') return 'Nothing has failed lately.';
  return name === 'Slow' ? `Nothing took longer than ${milliseconds(SLOW_MS)} lately.` : 'No requests yet.';
}

function row(entry, onOpen) {
  let current = entry;
  const when = h('time', { title: clockTime(entry.at) });
  const target = h('span.target');
  const detail = h('span.detail');
  const result = h('span.result');
  const hit = h('span.track', { 'aria-hidden': 'true' }, h('span'));
  const button = h(
    'button',
    { type: 'button', 'aria-haspopup': 'dialog', on: { click: () => onOpen(current, button) } },
    when,
    target,
    result,
    detail,
    hit,
  );
  const element = h('li', {}, button);
  return {
    element,
    update(next, now) {
      current = next;
      setAttribute(element, 'data-status', next.failed ? 'failed' : next.status);
      setText(when, age(Math.max(0, now - next.at)));
      setText(target, next.target === null ? 'turned away' : shortId(next.target));
      setText(detail, detailOf(next));
      setText(result, resultOf(next));
      const share = next.promptTokens > 0 && next.cachedTokens !== null ? next.cachedTokens / next.promptTokens : null;
      hit.hidden = share === null;
      setVar(hit, '--part', (share ?? 0).toFixed(3));
      setAttribute(hit, 'title', share === null ? null : `${percent(share)} of the prompt was cached`);
    },
  };
}

function detailOf({ model, error, attempts, failed }) {
  const name = model === '' ? 'no model named' : model;
  if (failed && error !== null) return `${name} · ${error}`;
  return attempts > 1 ? `${name} · attempt ${attempts}` : name;
}

function resultOf({ status, httpStatus, firstTokenMs, totalMs, failed }) {
  if (status === 'open') return 'running';
  if (status === 'rejected') return String(httpStatus ?? 'rejected');
  if (failed) return httpStatus !== null && httpStatus >= 400 ? String(httpStatus) : status;
  if (status === 'aborted') return 'client left';
  return milliseconds(firstTokenMs ?? totalMs);
}
