import type { Dice } from './dice.ts';
import { languages } from './languages.ts';
import { textArrayLiteral } from './literals.ts';

/** The row numbers that get a big input: spread evenly over all rows. */
export function bigRowNumbers(rows: number, bigRows: number): number[] {
  return Array.from({ length: bigRows }, (_, i) => Math.floor(((i + 0.5) * rows) / bigRows));
}

const paragraphs = languages.map((language) => JSON.stringify(`${language.sentences.join(' ')}\n`).slice(1, -1));

/** Gives every one of the rows of `textRows` an input of 1 to 5 MB (a JSON document). */
export function withBigInput(dice: Dice, texts: string): string {
  const paragraph = `${textArrayLiteral(paragraphs)}[language + 1]`;
  const times = `intDiv(1000000 + ${dice.below(4_000_000, 'big', 'n')}, length(${paragraph})) + 1`;
  return `SELECT * REPLACE (concat('{"document":"', repeat(${paragraph}, ${times}), '"}') AS inputText) FROM (${texts})`;
}
