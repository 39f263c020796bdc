import { h, setAttribute, setVar } from './dom.js';
import { count, percent, shortId } from './format.js';

/** Fewer endpoints are seen at a glance in the table. */
const WORTH_IT = 20;

/** One small column an endpoint: how full its KV cache is, and whether requests wait. For large pools. */
export function createFleetMap(element, onPick) {
  const cells = new Map();
  return {
    update(endpoints) {
      element.hidden = endpoints.length < WORTH_IT;
      if (element.hidden) return;
      const ids = new Set(endpoints.map(({ id }) => id));
      for (const [id, cell] of cells) {
        if (ids.has(id)) continue;
        cell.remove();
        cells.delete(id);
      }
      for (const endpoint of endpoints) {
        let cell = cells.get(endpoint.id);
        if (cell === undefined) {
          cell = h('span', { on: { click: () => onPick(endpoint.id) } });
          cells.set(endpoint.id, cell);
          element.append(cell);
        }
        setVar(cell, '--fill', (endpoint.kvUsage ?? 0).toFixed(2));
        setAttribute(cell, 'class', stateOf(endpoint));
        setAttribute(
          cell,
          'title',
          `${shortId(endpoint.id)}: KV ${percent(endpoint.kvUsage)}, running ${count(endpoint.running)}, waiting ${count(endpoint.waiting)}`,
        );
      }
    },
  };
}

function stateOf({ state, waiting }) {
  if (state === 'failing') return 'bad';
  return waiting > 0 ? 'warn' : null;
}
