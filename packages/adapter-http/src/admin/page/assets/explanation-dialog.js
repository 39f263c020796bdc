import { h } from './dom.js';
import {
  adjustmentsPart,
  attemptsPart,
  dataPart,
  dropsPart,
  flipsPart,
  funnelPart,
  outcomePart,
  remarksPart,
  timingsPart,
  verdictPart,
} from './explanation-parts.js';
import { clockTime, shortId } from './format.js';
import { createScoreMatrix } from './score-matrix.js';

const REFRESH_MS = 1000;

/** Shows why a decision came out as it did. Follows a request that still runs. */
export function createExplanationDialog(dialog, api) {
  let shownId;
  let timer;

  dialog.addEventListener('close', () => {
    clearTimeout(timer);
    shownId = undefined;
    if (location.hash.startsWith('#decision=')) history.replaceState(null, '', location.pathname + location.search);
  });
  // A click beside the content: the dialog itself is hit only on its backdrop.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });

  async function load(id) {
    let explanation;
    try {
      const response = await api.fetch(`api/decisions/${encodeURIComponent(id)}`);
      const answer = await response.json();
      if (shownId !== id) return;
      if (!response.ok) return show(missing(id, answer.error.message));
      explanation = answer;
    } catch {
      if (shownId === id) show(missing(id, 'The gateway does not answer just now.'));
      return;
    }
    show(explained(explanation));
    if (explanation.outcome === null) timer = setTimeout(() => load(id), REFRESH_MS);
  }

  function show([title, subtitle, ...content]) {
    const isNew = !dialog.open;
    // Somebody may be reading further down while the request still runs.
    const close = h(
      'button.quiet.close',
      { type: 'button', 'aria-label': 'Close', on: { click: () => dialog.close() } },
      '✕',
    );
    const { scrollTop = 0 } = dialog.querySelector('.sheet') ?? {};
    const sheet = h(
      'div.sheet',
      {},
      h('header', {}, h('div', {}, h('h2', { id: 'explanation-title' }, title), h('p.muted', {}, subtitle)), close),
      content,
    );
    dialog.replaceChildren(sheet);
    if (isNew) dialog.showModal();
    sheet.scrollTop = scrollTop;
  }

  function explained(explanation) {
    const { id, at, model, requestId, target, profiles, primaryProfile, companions } = explanation;
    const others = Object.entries(companions).map(([role, endpoint]) => `${role} on ${shortId(endpoint)}`);
    return [
      ['Why ', h('strong', {}, shortId(target)), others.length > 0 ? ` with ${others.join(', ')}` : ''],
      `${clockTime(Date.parse(at))} · ${model === '' ? 'no model named' : model} · request ${requestId} · decision ${id}`,
      outcomePart(explanation.outcome),
      attemptsPart(explanation.attempts),
      remarksPart(explanation),
      profiles.map((profile) => profilePart(profile, profiles.length > 1, profile.profile === primaryProfile)),
      h('div.grid', {}, timingsPart(explanation.timingsUs), dataPart(explanation.data, target)),
      h('footer', {}, h('span.muted', {}, `Seed ${explanation.seed}`), copyButton(id)),
    ];
  }

  function copyButton(id) {
    const button = h('button', { type: 'button', on: { click: copy } }, 'Copy as Markdown');
    async function copy() {
      try {
        const response = await api.fetch(`api/decisions/${encodeURIComponent(id)}?format=markdown&top=25`);
        await navigator.clipboard.writeText(await response.text());
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'Could not copy';
      }
    }
    return button;
  }

  return {
    open(entry) {
      clearTimeout(timer);
      if (entry.id === null) {
        shownId = undefined;
        show(turnedAway(entry));
        return;
      }
      shownId = entry.id;
      history.replaceState(null, '', `#decision=${encodeURIComponent(entry.id)}`);
      load(entry.id);
    },
  };
}

function profilePart(profile, isNamed, isPrimary) {
  return h(
    'section.profile',
    {},
    isNamed ? h('h3', {}, `Profile ${profile.profile}${isPrimary ? ' (serves the request)' : ''}`) : null,
    funnelPart(profile),
    verdictPart(profile),
    createScoreMatrix(profile),
    h('div.grid', {}, flipsPart(profile), adjustmentsPart(profile), dropsPart(profile.dropped)),
  );
}

function turnedAway({ at, model, requestId, error, httpStatus, drops = [] }) {
  return [
    ['Turned away', httpStatus === null ? '' : ` with ${httpStatus}`],
    `${clockTime(at)} · ${model === '' ? 'no model named' : model} · request ${requestId}`,
    h('p.verdict', {}, error ?? 'no reason given'),
    dropsPart(drops),
  ];
}

function missing(id, message) {
  return ['Not remembered', `Decision ${id}`, h('p.verdict', {}, message)];
}

export const decisionInHash = () => new URLSearchParams(location.hash.slice(1)).get('decision');
