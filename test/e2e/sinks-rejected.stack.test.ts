import Papa from 'papaparse';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { IntegrationInput } from '../../client/index.ts';
import { DAY, HOUR } from '../../shared/period.ts';
import type { RejectedEntry } from '../../shared/rejected.ts';
import { rejection } from '../client/client-world.ts';
import { eventually } from '../support/integration-runner.ts';
import { actor, type RunningIntegration } from './export-world.ts';
import { allRejected, expectEachRowOnce, expectNoComplaint, insertMany, shownEvents } from './sink-rows.ts';
import { openSinkWorld, type SinkWorld } from './sink-world.ts';

/** Rows that a vendor refused: they can be read, taken along, and sent again; none is forgotten. */
let it: SinkWorld;
beforeAll(async () => {
  it = await openSinkWorld();
  await it.startWorker();
});
afterAll(() => it.cleanup());
beforeEach(() => {
  it.posthog.reset();
  it.mixpanel.reset();
});

const HOUR_START = Math.floor((Date.now() - 6 * DAY) / HOUR) * HOUR;
const idOf = ({ projectId, integrationId }: RunningIntegration) => ({ projectId, integrationId, actor });
const idsOf = (entries: readonly RejectedEntry[]) => entries.map(({ id }) => id);

function inLangfuseStyle(destination: IntegrationInput['destination']): IntegrationInput['destination'] {
  return destination.kind === 's3' ? destination : { ...destination, eventStyle: 'langfuse' };
}

/** An integration whose vendor refuses one event in ten of 400 rows, and that has a row of the future. */
async function withRefusedRows(vendor: 'posthog' | 'mixpanel', name: string) {
  const { emulator, destination } = it.vendors[vendor];
  const project = it.own.project(`${vendor}-${name}`);
  await insertMany(it.own, project.projectId, { name: 'row', start: HOUR_START, rows: 300, every: 1_000 });
  await insertMany(it.own, project.projectId, { name: 'late', start: HOUR_START + 3 * HOUR, rows: 100, every: 1_000 });
  await project.insert({ id: '=ahead', start: Date.now() + 100 * HOUR, at: HOUR_START });
  emulator.setFaults([{ kind: 'refuse-events', oneIn: 10 }]);
  const one = await project.start({ destination });
  await one.untilExported();
  return { emulator, destination, one };
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** Sends the rejected rows again and waits for the end. */
async function replay(one: RunningIntegration, reason?: string) {
  const before = (await one.view()).lastReplay?.at;
  await it.own.exports.integrations.replayRejected({ ...idOf(one), ...(reason !== undefined && { reason }) });
  const { lastReplay } = await one.until(
    (view) => view.replay === undefined && view.lastReplay !== undefined && view.lastReplay.at !== before,
    'the replay has ended',
  );
  return lastReplay;
}

describe.each(['posthog', 'mixpanel'] as const)('%s', (vendor) => {
  test('refused rows are listed page by page and by reason, come as CSV, and are accepted once the vendor takes them', async () => {
    const { emulator, one } = await withRefusedRows(vendor, 'refused');
    const { integrations } = it.own.exports;
    const refused = (await expectEachRowOnce(it.own, one, emulator)).filter((id) => id !== '=ahead');
    // More than the number of refusals in a row at which the sender begins to doubt the vendor.
    expect(refused.length).toBeGreaterThan(20);

    const paged: RejectedEntry[] = [];
    let pageToken: string | undefined;
    do {
      const page = await integrations.rejected({ ...idOf(one), pageSize: 17, pageToken });
      expect(page.entries.length).toBeLessThanOrEqual(17);
      paged.push(...page.entries);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(idsOf(paged).sort()).toEqual(['=ahead', ...refused].sort());
    expect(idsOf(await allRejected(it.own, one, 'time_in_future'))).toEqual(['=ahead']);
    expect(idsOf(await allRejected(it.own, one, 'refused')).sort()).toEqual(refused);
    expect(await allRejected(it.own, one, 'unheard_of')).toEqual([]);

    const csv = await textOf(integrations.rejectedCsv(idOf(one)));
    const { data, errors } = Papa.parse<Record<string, string>>(csv, { header: true, skipEmptyLines: true });
    expect(errors).toEqual([]);
    // A spreadsheet must not run it.
    expect(data.map(({ id }) => id).sort()).toEqual(["'=ahead", ...refused].sort());
    for (const { reason = '', message = '' } of data) expect(`${reason} ${message}`).toMatch(/^\w+ [A-Z].*\.$/s);

    const tried = refused.length;
    const still = await replay(one, 'refused');
    expect(still).toMatchObject({ result: { tried, accepted: 0, rejected: tried, gone: 0 } });
    expect(still?.failure).toBeUndefined();
    expect(idsOf(await allRejected(it.own, one)).sort()).toEqual(['=ahead', ...refused].sort());

    emulator.setFaults([]);
    expect(await replay(one, 'refused')).toMatchObject({ result: { tried, accepted: tried, rejected: 0, gone: 0 } });
    expect(await expectEachRowOnce(it.own, one, emulator)).toEqual(['=ahead']);
    expectNoComplaint(emulator);

    for (const table of ['events_full', 'events_core']) {
      await it.own.command(
        `ALTER TABLE ${table} DELETE WHERE project_id = '${one.projectId}' AND span_id = '=ahead' SETTINGS mutations_sync = 2`,
      );
    }
    expect(await replay(one)).toMatchObject({ result: { tried: 1, accepted: 0, rejected: 0, gone: 1 } });
    expect(await expectEachRowOnce(it.own, one, emulator)).toEqual([]);
    expect(await replay(one)).toMatchObject({ result: { tried: 0 } });
    await eventually(async () => {
      const actions = await it.own.rows(
        `SELECT action, change FROM ${it.own.exportsDatabase}.audit_log WHERE project_id = '${one.projectId}' ORDER BY at`,
      );
      expect(actions.map(({ action }) => action)).toEqual(['create', ...Array(4).fill('replayRejected')]);
      expect(actions[1]?.change).toBe('{"reason":"refused"}');
    });
  });

  test('rows that are sent again follow the present configuration', async () => {
    const { emulator, destination, one } = await withRefusedRows(vendor, 'style');
    const refused = (await expectEachRowOnce(it.own, one, emulator)).filter((id) => id !== '=ahead');
    emulator.reset();
    await one.update({ destination: inLangfuseStyle(destination) });
    expect(await replay(one, 'refused')).toMatchObject({ result: { tried: refused.length, accepted: refused.length } });
    const sent = emulator
      .events()
      .flatMap(({ event, properties }) => (/observation/i.test(event) ? [String(properties.langfuse_id)] : []));
    expect(sent.sort()).toEqual(refused);
    expect(shownEvents(emulator, one.projectId).filter((name) => /undefined/.test(name)).length).toBe(
      emulator.counters().accepted,
    );
  });

  test('while the integration is blocked they wait', async () => {
    const { emulator, destination, one } = await withRefusedRows(vendor, 'blocked');
    const before = await expectEachRowOnce(it.own, one, emulator);
    emulator.setFaults([]);
    const accepted = emulator.counters().accepted;
    const wrong =
      destination.kind === 'posthog'
        ? { ...destination, projectApiKey: 'phc_of_somebody_else' }
        : { kind: 'mixpanel' as const, credentials: { kind: 'project_token' as const, token: 'f'.repeat(32) } };
    await one.update({ destination: wrong });
    await one.until(({ status }) => status === 'blocked', 'it is blocked');
    await it.own.exports.integrations.replayRejected({ ...idOf(one), reason: 'refused' });
    const { blocked } = await one.until((view) => (view.blocked?.probes ?? 0) >= 2, 'it was probed twice');
    expect(blocked?.failure.type).toBe('DestinationDenied');
    expect(await one.view()).toMatchObject({ status: 'blocked', replay: { tried: 0 } });
    expect(emulator.counters()).toMatchObject({ accepted, dropped: {} });
    await one.update({ destination });
    await one.until(({ lastReplay }) => lastReplay !== undefined, 'the replay has ended');
    expect(await expectEachRowOnce(it.own, one, emulator)).toEqual(['=ahead']);
    expect(before.length).toBeGreaterThan(1);
  });
});

test('an integration that writes files refuses the request', async () => {
  const one = await it.own.project('files').start();
  expect(await rejection(it.own.exports.integrations.replayRejected(idOf(one)))).toMatchObject({
    code: 'refused',
    message: expect.stringContaining('Files reject no rows'),
  });
});
