import { setCurrentDetails, upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { cursorOf, statusOf } from '../../shared/integration-state.ts';
import { iso } from '../../shared/period.ts';
import { exportCursor, exportDestination, exportStatus } from '../../shared/search-attributes.ts';
import { exportedUpTo } from '../../shared/track.ts';
import type { Entity } from './entity.ts';

/** What operators see of an integration in the Temporal UI: current details (free) and search attributes (an event each, so only on change). */
export class Visible {
  #status = '';
  #cursor = 0;

  /** @param running how many periods are being exported */
  show(entity: Entity, running: number): void {
    setCurrentDetails(detailsOf(entity, running));
    const status = statusOf(entity.state, running > 0);
    // "running" comes and goes with every period; as a search attribute it would cost an event each time.
    const stored = status === 'running' ? 'active' : status;
    if (stored === this.#status) return;
    this.#status = stored;
    upsertSearchAttributes([{ key: exportStatus, value: stored }]);
  }

  /** Once a cycle: the cursor moves too often for more. */
  cursor({ state }: Entity): void {
    const cursor = cursorOf(state.tracks);
    if (cursor === undefined || cursor === this.#cursor) return;
    this.#cursor = cursor;
    upsertSearchAttributes([{ key: exportCursor, value: new Date(cursor) }]);
  }

  stopping(entity: Entity): void {
    upsertSearchAttributes([{ key: exportStatus, value: 'stopping' }]);
    setCurrentDetails(`**stopping**\n\n${detailsOf(entity, 0)}`);
  }
}

/** What lists show of an integration follows its configuration. */
export function describeInMemo({ state: { config } }: Entity): void {
  const { name, frequency, destination } = config;
  upsertMemo({ name, frequency, destination: destination.kind });
  upsertSearchAttributes([{ key: exportDestination, value: destination.kind }]);
}

function detailsOf({ state, schedule }: Entity, running: number): string {
  const { totals, blocked, paused, lastError } = state;
  const cursor = cursorOf(state.tracks);
  const live = schedule.live;
  const rows: Array<[string, string]> = [
    ['status', statusOf(state, running > 0)],
    ['data exported up to', cursor === undefined ? 'not started' : iso(cursor)],
    ['next live period', live === undefined ? '–' : iso(schedule.closesAt(live.nextEnd))],
    ['running now', String(running)],
    ['periods / rows / files', `${totals.periods} / ${totals.rows} / ${totals.files}`],
  ];
  if (totals.rejected > 0)
    rows.push(['rejected rows', `${totals.rejected} (listed with their reasons; they can be sent again)`]);
  if (state.replay !== undefined) rows.push(['sending rejected rows again', `${state.replay.result.tried} so far`]);
  if (state.lastReplay !== undefined) {
    const { at, result, failure } = state.lastReplay;
    const end = failure === undefined ? '' : `; ended by ${failure.type}: ${failure.message} ${failure.remedy}`;
    rows.push([
      'last replay',
      `${iso(at)}: ${result.accepted} of ${result.tried} accepted, ${result.rejected} refused${end}`,
    ]);
  }
  for (const track of state.tracks.filter(({ purpose, to }) => purpose !== 'sweep' && to !== undefined)) {
    const share = track.rowsExpected === undefined ? '' : `, ${track.rowsDone} of about ${track.rowsExpected} rows`;
    rows.push([track.id, `${iso(exportedUpTo(track))} of ${iso(track.to ?? track.from)}${share}`]);
  }
  for (const hole of state.tracks.flatMap((track) => track.holes).slice(0, 5)) {
    rows.push([`hole ${iso(hole.start)}`, `${hole.attempts} attempts, next ${iso(hole.nextTry)}: ${hole.error}`]);
  }
  if (paused !== undefined) rows.push(['paused', `${paused.reason} (${paused.actor}, ${iso(paused.since)})`]);
  if (blocked !== undefined)
    rows.push([
      'blocked',
      `${blocked.failure.message} **${blocked.failure.remedy}** Next probe ${iso(blocked.nextProbe)}`,
    ]);
  if (lastError !== undefined)
    rows.push(['last error', `${iso(lastError.at)} ${lastError.type}: ${lastError.message} ${lastError.remedy}`]);
  return ['| | |', '|-|-|', ...rows.map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|')} |`)].join('\n');
}
