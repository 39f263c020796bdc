const FIRST = -1;
const STEP = 0.1;
const NEXT_CANDIDATE = 0.5;
const LEAST = -3;

/** A made-up but stable log probability of the token at this place in an answer. */
export function logprobOf(index: number): number {
  return Math.max(LEAST, round(FIRST - STEP * index));
}

/** The token and made-up alternatives, most likely first. */
export function alternatives(token: string, index: number, count: number): { token: string; logprob: number }[] {
  const logprob = logprobOf(index);
  return Array.from({ length: count }, (_, i) => ({
    token: i === 0 ? token : `${token}_${i}`,
    logprob: round(logprob - NEXT_CANDIDATE * i),
  }));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** A token in the form of the chat and responses APIs. @param candidates how many alternatives are shown */
export function tokenLogprob(token: string, index: number, candidates: number): unknown {
  return {
    token,
    logprob: logprobOf(index),
    bytes: bytesOf(token),
    top_logprobs: alternatives(token, index, candidates).map((each) => ({ ...each, bytes: bytesOf(each.token) })),
  };
}

function bytesOf(token: string): number[] {
  return [...Buffer.from(token, 'utf8')];
}
