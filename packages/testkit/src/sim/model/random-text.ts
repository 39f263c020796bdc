import type { Random } from '@pointsman/core';
import { tokenTexts } from './tokenize.ts';

const SENTENCES = [
  'The train left the station on time. ',
  'A signal turned green and the points were set. ',
  'Nobody noticed that the clock had stopped. ',
  'It rained all morning, then the sun came out. ',
  'She counted the wagons: forty, all of them empty. ',
  'Bread, cheese and a map lay on the table. ',
  'Is this the way to the harbour? ',
  'The river was wide, slow and brown. ',
  'They waited for an answer that never came. ',
  'Two lines meet here, and one goes on. ',
].map(tokenTexts);

/** So many tokens of plausible text. */
export function randomText(tokens: number, random: Random): string[] {
  const texts: string[] = [];
  while (texts.length < tokens) {
    for (const text of SENTENCES[random.below(SENTENCES.length)]!) {
      if (texts.length === tokens) break;
      texts.push(text);
    }
  }
  return texts;
}
