import { expect, test } from 'vitest';
import { languages, questionsPerLanguage, sentencesPerLanguage } from '../../dev/sample-data/languages.ts';
import { textLiteral } from '../../dev/sample-data/literals.ts';
import { layOutSpans, marginMillionths } from '../../dev/sample-data/span-layout.ts';
import { spansPerShape, spanTypes, traceShapes } from '../../dev/sample-data/trace-shapes.ts';
import {
  blockCells,
  blockOrders,
  rowsPerBlock,
  tracesAtMost,
  tracesPerBlock,
} from '../../dev/sample-data/trace-sizes.ts';

test.each(traceShapes)('the spans of $service form one tree, parents first', ({ spans }) => {
  expect(spans).toHaveLength(spansPerShape);
  spans.forEach(([, , parent], index) => {
    expect(parent).toBeLessThan(index);
    expect(parent < 0).toBe(index === 0);
  });
});

test.each(traceShapes)('the spans of $service lie inside their parents with room for the jitter', ({ spans }) => {
  const places = layOutSpans(spans);
  expect(places).toHaveLength(spans.length);
  spans.forEach(([, , parent], index) => {
    const outer = places[parent];
    const inner = places[index];
    if (outer === undefined || inner === undefined) return;
    expect(inner.from - outer.from).toBeGreaterThanOrEqual(marginMillionths);
    expect(outer.to - inner.to).toBeGreaterThanOrEqual(marginMillionths - 1);
    expect(inner.to - inner.from).toBeGreaterThan(marginMillionths);
  });
});

test('all span types occur', () => {
  const used = new Set(traceShapes.flatMap(({ spans }) => spans.map(([type]) => type)));
  expect([...used].sort()).toEqual([...spanTypes].sort());
});

test('every order of a block holds the same number of rows and traces', () => {
  expect(blockCells).toHaveLength(rowsPerBlock * blockOrders);
  for (let order = 0; order < blockOrders; order++) {
    const cells = blockCells.slice(order * rowsPerBlock, (order + 1) * rowsPerBlock);
    expect(new Set(cells.map(({ trace }) => trace)).size).toBe(tracesPerBlock);
    expect(cells.every(({ span }) => span < spansPerShape)).toBe(true);
  }
});

test('whole blocks begin a known number of traces, the rest of a block no more than its rows', () => {
  expect(tracesAtMost(0)).toBe(0);
  expect(tracesAtMost(1)).toBe(1);
  expect(tracesAtMost(rowsPerBlock * 3)).toBe(tracesPerBlock * 3);
  expect(tracesAtMost(rowsPerBlock * 3 + 2)).toBe(tracesPerBlock * 3 + 2);
});

test('every language has the same number of texts', () => {
  for (const { questions, sentences } of languages) {
    expect([questions.length, sentences.length]).toEqual([questionsPerLanguage, sentencesPerLanguage]);
  }
});

test('a text literal escapes what would end it and what is not printable', () => {
  expect(textLiteral('a\'b\\c\0\n"')).toBe(`'a\\'b\\\\c\\x00\\x0a"'`);
});
