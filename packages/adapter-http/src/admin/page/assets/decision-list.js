import { arrange, h, setAttribute, setText, setVar } from './dom.js';
import { age, clockTime, count, milliseconds, percent, shortId } from './format.js';

const FILTERS = [
  { name: 'Finished', list: 'finished', empty: 'No request has finished yet.' },
  { name: 'Running', list: 'running', empty: 'Nothing runs just now.' },
  { name: 'Slow', list: 'slow', empty: 'No first token took longer than 2 s lately.' },
  { name: 'Failed', list: 'failed', empty: 'Nothing has failed lately.' },
];

/** Recent decisions, newest first. Holds still while somebody points at it, so that a line can be hit. */
export function createDecisionList(list, filterGroup, summary, onOpen) {
  const rows = new Map();
  let filter = FILTERS[0];
  let isHeld = false;
  let latest = { lists: {}, entries: new Map() };
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
  list.addEventListener('focusout', (event) => {
    if (!list.contains(event.relatedTarget)) hold(list.matches(':hover'));
  });

  function paint(isForced) {
    const keys = latest.lists[filter.list] ?? [];
    const wanted = keys.flatMap((key) => latest.entries.get(key) ?? []);
    if (isHeld && !isForced) {
      for (const [key, held] of rows) held.update(latest.entries.get(key), latestNow);
      setText(summary, 'held still');
      return;
    }
    const kept = new Set(keys);
    for (const key of rows.keys()) if (!kept.has(key)) rows.delete(key);
    for (const entry of wanted) {
      if (!rows.has(entry.key)) rows.set(entry.key, row(entry, onOpen));
      rows.get(entry.key).update(entry, latestNow);
    }
    arrange(
      list,
      wanted.length > 0 ? wanted.map(({ key }) => rows.get(key).element) : [h('li.empty', {}, filter.empty)],
    );
    setText(summary, '');
  }

  choose(filter);
  return {
    update(lists, entries, now) {
      latest = { lists, entries };
      latestNow = now;
      paint(false);
    },
    clear() {
      rows.clear();
      latest = { lists: {}, entries: new Map() };
    },
  };
}

function row(entry, onOpen) {
  let current = entry;
  const when = h('time');
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
    /** @param next undefined when it has left the list while somebody looks at it */
    update(next = current, now) {
      current = next;
      setAttribute(element, 'data-status', next.failed ? 'failed' : next.status);
      setAttribute(when, 'title', clockTime(next.at));
      setText(when, age(Math.max(0, now - next.at - (next.totalMs ?? 0))));
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

function detailOf({ model, error, attempts, failed, promptTokens }) {
  const name = model === '' ? 'no model named' : model;
  if (failed && error !== null) return `${name} · ${error}`;
  const prompt = promptTokens === null ? '' : ` · ${count(promptTokens)} prompt tokens`;
  return `${name}${prompt}${attempts > 1 ? ` · attempt ${attempts}` : ''}`;
}

function resultOf({ status, httpStatus, firstTokenMs, totalMs, failed }) {
  if (status === 'open') return 'running';
  if (status === 'rejected') return String(httpStatus ?? 'rejected');
  if (failed) return httpStatus !== null && httpStatus >= 400 ? String(httpStatus) : status;
  if (status === 'aborted') return 'client left';
  return milliseconds(firstTokenMs ?? totalMs);
}
