import { setAttribute, setText, svg } from './dom.js';

const WIDTH = 300;
const HEIGHT = 80;

/**
 * A small line chart over equal spans of time, newest at the right. Lines are broken where there is no value.
 * @param series `{ className, area, read(point) }`, painted in order
 */
export function createChart({ series, labelOf, describe }) {
  const lines = series.map(({ className }) => svg(`path.line.${className}`));
  const areas = series.map(({ className, area }) => (area ? svg(`path.area.${className}`) : null));
  const cursor = svg('line.cursor', { y1: 0, y2: HEIGHT, visibility: 'hidden' });
  const picture = svg(
    'svg.chart',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': describe },
    svg('line.grid', { x1: 0, x2: WIDTH, y1: 0.5, y2: 0.5 }),
    svg('line.grid.base', { x1: 0, x2: WIDTH, y1: HEIGHT - 0.5, y2: HEIGHT - 0.5 }),
    ...areas.filter((area) => area !== null),
    ...lines,
    cursor,
  );
  let shown = [];
  return {
    picture,
    /** @param top the value at the upper edge */
    update(points, top, topLabel) {
      shown = points;
      series.forEach(({ read }, i) => {
        const spots = points.map((point, x) => spot(read(point), x, points.length, top));
        setAttribute(lines[i], 'd', pathOf(spots));
        if (areas[i] !== null) setAttribute(areas[i], 'd', areaOf(spots));
      });
      setText(topLabel, labelOf(top));
    },
    /** Calls back with the point under the pointer, and with undefined when it leaves. */
    onPoint(tell) {
      picture.addEventListener('pointermove', (event) => {
        const { left, width } = picture.getBoundingClientRect();
        const index = Math.round(((event.clientX - left) / width) * (shown.length - 1));
        const point = shown[Math.min(shown.length - 1, Math.max(0, index))];
        if (point === undefined) return;
        const x = (index / Math.max(1, shown.length - 1)) * WIDTH;
        cursor.setAttribute('x1', x);
        cursor.setAttribute('x2', x);
        cursor.setAttribute('visibility', 'visible');
        tell(point);
      });
      picture.addEventListener('pointerleave', () => {
        cursor.setAttribute('visibility', 'hidden');
        tell(undefined);
      });
    },
  };
}

/** The next round number from `value` on, so that the scale does not jump about. */
export function roundedUp(value, least) {
  const wanted = Math.max(value, least);
  const unit = 10 ** Math.floor(Math.log10(wanted));
  return [1, 1.5, 2, 3, 4, 6, 8, 10].map((step) => step * unit).find((step) => step >= wanted * 0.999);
}

function spot(value, index, length, top) {
  if (value === null || value === undefined) return null;
  const x = length < 2 ? WIDTH : (index / (length - 1)) * WIDTH;
  return [x, HEIGHT - 1 - Math.min(1, value / top) * (HEIGHT - 3)];
}

function pathOf(spots) {
  let path = '';
  let isDrawing = false;
  spots.forEach((at, i) => {
    if (at === null) {
      isDrawing = false;
      return;
    }
    path += `${isDrawing ? 'L' : 'M'}${at[0].toFixed(1)} ${at[1].toFixed(1)}`;
    // A value between two gaps is a line of no length, which a round cap shows as a dot.
    if (!isDrawing && (spots[i + 1] ?? null) === null) path += 'h0.01';
    isDrawing = true;
  });
  return path;
}

function areaOf(spots) {
  const runs = [];
  for (const at of spots) {
    if (at === null) runs.push([]);
    else if (runs.length === 0) runs.push([at]);
    else runs.at(-1).push(at);
  }
  return runs
    .filter((run) => run.length > 1)
    .map(
      (run) =>
        `M${run[0][0].toFixed(1)} ${HEIGHT}${run.map(([x, y]) => `L${x.toFixed(1)} ${y.toFixed(1)}`).join('')}L${run.at(-1)[0].toFixed(1)} ${HEIGHT}Z`,
    )
    .join('');
}
