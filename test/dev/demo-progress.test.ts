import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { IntegrationView } from '../../client/index.ts';
import { Progress } from '../../dev/demo/progress.ts';
import { integrationInputSchema } from '../../shared/config/integration.ts';
import { viewAt } from './demo-exports.ts';

const TOTALS = { periods: 2, emptyPeriods: 0, rows: 1_000, bytes: 5_000, uncompressedBytes: 0, files: 0, rejected: 0 };

function running(rows: number, changes: Partial<IntegrationView> = {}): IntegrationView {
  const credentials = { kind: 'project_token', token: '' } as const;
  const config = integrationInputSchema.parse({ name: 'n', destination: { kind: 'mixpanel', credentials } });
  const totals = { ...TOTALS, rows };
  return viewAt({ projectId: 'p', integrationId: 'i' }, config, { status: 'running', totals, ...changes });
}

/** Keeps what is written; the escape character becomes readable. */
function screen(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text: string) => written.push(text.replaceAll('\x1b', 'ESC')) };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('progress on a terminal', () => {
  test('has a line for each integration, redrawn in place, and none wraps', () => {
    const out = screen(true, 40);
    const progress = new Progress(out);
    progress.show(new Map([['S3', running(1)]]));
    const views = new Map([
      ['S3', running(10)],
      ['PostHog', running(20)],
    ]);
    progress.show(views);
    progress.show(views);
    progress.end();
    const [first, grown, again, end] = out.written;
    expect(first).toMatch(/^\rESC\[2KS3 {8}running/);
    // There was one line: nothing to go up to.
    expect(grown).toMatch(/^\rESC\[2KS3 {8}running[^\n]*\nESC\[2KPostHog {3}running[^\n]*$/);
    expect(again).toBe(grown?.replace('\r', '\rESC[1A'));
    for (const line of (again ?? '').replaceAll(/ESC\[\d[KA]|\r/g, '').split('\n')) expect(line).toHaveLength(39);
    expect(end).toBe('\n');
  });
});

describe('progress elsewhere', () => {
  test('is plain lines, at most every two seconds, and none twice in a row', () => {
    const out = screen(false);
    const progress = new Progress(out);
    const still = ['Mixpanel', running(5, { caughtUp: true })] as const;
    progress.show(new Map([['S3', running(0)], still]));
    progress.show(new Map([['S3', running(1)], still]));
    expect(out.written).toHaveLength(2);
    vi.advanceTimersByTime(2_000);
    progress.show(new Map([['S3', running(400)], still]));
    progress.end();
    expect(out.written.join('')).not.toMatch(/\r|ESC/);
    expect(out.written).toHaveLength(3);
    expect(out.written[2]).toContain('S3        running: 2 periods, 400 rows, 5.0 kB, 200 rows/s');
  });

  test('names rejected rows, and the speed is that of this start', () => {
    const out = screen(false);
    const progress = new Progress(out);
    const rejected = { totals: { ...TOTALS, rows: 9_000, rejected: 3 } };
    progress.show(new Map([['PostHog', running(0, rejected)]]));
    expect(out.written).toEqual([expect.stringContaining('9,000 rows, 3 rejected, 5.0 kB, 0 rows/s')]);
  });
});
