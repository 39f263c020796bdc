const NOTHING = '–';

export function count(value) {
  if (value === null || value === undefined) return NOTHING;
  if (value >= 10_000) return `${trimmed(value / 1000, 1)}k`;
  return String(Math.round(value));
}

export function rate(value) {
  if (value === null) return NOTHING;
  if (value >= 1000) return `${trimmed(value / 1000, 1)}k`;
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}

export function percent(share) {
  if (share === null || share === undefined) return NOTHING;
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

export function milliseconds(ms) {
  if (ms === null || ms === undefined) return NOTHING;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 100_000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s` : `${Math.round(ms / 60_000)} min`;
}

export function microseconds(us) {
  if (us < 1000) return `${us < 10 ? us.toFixed(1) : Math.round(us)} µs`;
  return milliseconds(us / 1000);
}

/** A score, a weight, a margin. */
export function score(value) {
  if (value === null || value === undefined) return NOTHING;
  // What adding up left over is no difference.
  if (Math.abs(value) < 1e-9) return '0';
  if (Math.abs(value) < 0.001) return value.toExponential(1);
  return trimmed(value, 3);
}

export function age(ms) {
  if (ms === null) return 'never';
  if (ms < 1000) return `${Math.max(0, Math.round(ms / 100)) / 10} s`;
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  return `${Math.floor(ms / 3_600_000)} h`;
}

export function clockTime(at) {
  return new Date(at).toLocaleTimeString([], { hour12: false });
}

export function plural(amount, one, many = `${one}s`) {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

/** The part of an id that tells it from others: `default/` is where endpoints are when nobody said otherwise. */
export function shortId(id) {
  return id.startsWith('default/') ? id.slice('default/'.length) : id;
}

function trimmed(value, digits) {
  return String(Number(value.toFixed(digits)));
}
