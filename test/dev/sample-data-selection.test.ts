import { expect, test } from 'vitest';
import { selectShare } from '../../dev/sample-data/selection.ts';

test.each([0, 1, 63, 9_999, 10_000, 10_001, 34_567])('the count of the picked rows among %i is exact', (rows) => {
  const selection = selectShare(0.05, 6181, 17);
  const picked = Array.from({ length: rows }, (_, row) => row).filter(selection.includes);
  expect(selection.count(rows)).toBe(picked.length);
});

test('a share is met closely even over few rows', () => {
  expect(selectShare(0.1, 6181, 3).count(200)).toBeGreaterThanOrEqual(18);
  expect(selectShare(0.1, 6181, 3).count(200)).toBeLessThanOrEqual(22);
});

test('none and all are shares too', () => {
  expect(selectShare(0, 6181, 5).count(123)).toBe(0);
  expect(selectShare(1, 6181, 5).count(123)).toBe(123);
});
