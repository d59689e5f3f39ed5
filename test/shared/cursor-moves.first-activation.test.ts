import { describe, expect, it } from 'vitest';
import type { HistoryOverview } from '../../shared/activities.ts';
import { borderAt, cadenceOf, EARLIEST_EVENT, firstTracks, wantedFrom } from '../../shared/cursor-moves.ts';
import { iso } from '../../shared/period.ts';
import { type TrackState, windowOf } from '../../shared/track.ts';
import { configOf, NOW } from './worlds.ts';

const NOTHING: HistoryOverview = { rows: 0, outside: 0, sourceNow: iso(NOW) };
const since = (earliest: string, outside = 0): HistoryOverview => ({ ...NOTHING, rows: 3, outside, earliest });

function activate(changes: Record<string, unknown>, history: HistoryOverview) {
  const config = configOf({ frequency: 'daily', ...changes });
  const border = borderAt(NOW, cadenceOf(config));
  const tracks = firstTracks(config, border, wantedFrom(config, NOW), history);
  return { tracks, border, backfill: tracks.find(({ purpose }) => purpose === 'backfill') };
}

const range = (track: TrackState | undefined) => track && [iso(track.from), iso(track.to ?? Number.NaN)];

describe('the first activation', () => {
  it('puts the border 72 hours back, on a bound', () => {
    expect(iso(activate({}, NOTHING).border)).toBe('2026-03-01T00:00:00.000Z');
    expect(iso(activate({ frequency: 'hourly' }, NOTHING).border)).toBe('2026-03-01T10:00:00.000Z');
    expect(iso(activate({ frequency: 'weekly', utcOffsetMinutes: 330 }, NOTHING).border)).toBe(
      '2026-02-22T18:30:00.000Z',
    );
  });

  it('begins an empty project with the live part only, never in 1970', () => {
    for (const mode of ['FULL_HISTORY', 'FROM_TODAY']) {
      const { tracks, border, backfill } = activate({ mode }, NOTHING);
      expect(backfill).toBeUndefined();
      expect(tracks.map(({ id }) => id)).toEqual(['live', 'sweep-2h', 'sweep-72h']);
      for (const track of tracks)
        expect(track).toMatchObject({ axis: 'updated', from: border, frontier: border, holes: [], rowsDone: 0 });
    }
  });

  it('makes a sweep for each of the configured hours', () => {
    expect(activate({ tuning: { sweepHours: [] } }, NOTHING).tracks.map(({ id }) => id)).toEqual(['live']);
    expect(activate({ tuning: { sweepHours: [0.5] } }, NOTHING).tracks[1]).toMatchObject({
      id: 'sweep-0.5h',
      sweepHours: 0.5,
    });
  });

  it('backfills full history from the period of the earliest row to the border, both sides open', () => {
    const { backfill, border } = activate({}, since('2025-11-07T13:14:15.000Z'));
    expect(range(backfill)).toEqual(['2025-11-07T00:00:00.000Z', '2026-03-01T00:00:00.000Z']);
    expect(backfill).toMatchObject({
      axis: 'event',
      updatedBefore: border,
      open: true,
      beforeEpoch: true,
      rowsExpected: 3,
    });
  });

  it.each(['daily', 'weekly', 'hourly'])('never asks a %s key about times before 1970-01-02', (frequency) => {
    for (const utcOffsetMinutes of [0, 330, -720, 840]) {
      const { backfill } = activate({ frequency, utcOffsetMinutes }, since('1970-01-02T00:00:00.000Z', 1));
      expect(backfill?.from).toBe(EARLIEST_EVENT);
    }
  });

  it('delivers rows dated outside the years of the key with the last period, without walking to them', () => {
    for (const history of [{ ...NOTHING, outside: 2 }, since('2077-01-01T00:00:00.000Z', 1)]) {
      const { backfill } = activate({}, history);
      expect(range(backfill)).toEqual(['2026-02-28T00:00:00.000Z', '2026-03-01T00:00:00.000Z']);
      if (backfill === undefined) throw new Error('no backfill');
      expect(windowOf(backfill, { start: backfill.from, end: backfill.to ?? 0 })).toMatchObject({
        open: true,
        beforeEpoch: true,
      });
    }
  });

  it('resolves "today" to midnight UTC, and rows of this morning are live', () => {
    const { tracks, backfill } = activate({ mode: 'FROM_TODAY' }, NOTHING);
    expect(backfill).toBeUndefined();
    const [live] = tracks;
    if (live === undefined) throw new Error('no live track');
    expect(windowOf(live, { start: live.from, end: live.from + 1 }).eventFrom).toBe('2026-03-04T00:00:00.000Z');
  });

  it('backfills future-dated rows of a start behind the border in one open period', () => {
    const { backfill } = activate(
      { mode: 'FROM_CUSTOM_DATE', startDate: '2026-03-02' },
      since('2026-04-01T00:00:00.000Z'),
    );
    expect(range(backfill)).toEqual(['2026-03-02T00:00:00.000Z', '2026-03-03T00:00:00.000Z']);
    expect(backfill).toMatchObject({ open: true });
  });

  it('begins exactly at a start date that is no bound, and asks for nothing before it', () => {
    const startDate = '2026-01-15T06:30:00Z';
    const { backfill } = activate(
      { mode: 'FROM_CUSTOM_DATE', startDate, frequency: 'weekly' },
      since('2026-02-01T00:00:00.000Z'),
    );
    expect(backfill?.from).toBe(Date.parse(startDate));
    expect(backfill).not.toHaveProperty('beforeEpoch');
  });

  it.each(['1899-01-01', '1970-01-01', '1970-01-02'])('takes a start of %s for all history', (startDate) => {
    const config = configOf({ mode: 'FROM_CUSTOM_DATE', startDate });
    expect(wantedFrom(config, NOW)).toBeUndefined();
    expect(wantedFrom(configOf({ mode: 'FROM_CUSTOM_DATE', startDate: '1970-01-03' }), NOW)).toBe(Date.UTC(1970, 0, 3));
  });
});
