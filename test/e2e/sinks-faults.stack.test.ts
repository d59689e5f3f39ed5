import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fault } from '../../dev/emulators/faults.ts';
import type { EmulatorCounters } from '../../dev/emulators/ledger.ts';
import { DAY, HOUR } from '../../shared/period.ts';
import { actor, type Project } from './export-world.ts';
import { expectEachRowOnce, expectNoComplaint, insertMany } from './sink-rows.ts';
import { openSinkWorld, type SinkWorld } from './sink-world.ts';

/** Vendors that misbehave in the middle: whatever they do, each row is accepted once or listed as rejected. */
let it: SinkWorld;
let project: Project;
beforeAll(async () => {
  it = await openSinkWorld();
  await it.startWorker({ sinks: { timeoutMs: 1_500 } });
  project = it.own.project('faults');
  const hour = Math.floor((Date.now() - 6 * DAY) / HOUR) * HOUR;
  const insert = (name: string, start: number, rows: number) =>
    insertMany(it.own, project.projectId, { name, start, rows, every: 400 });
  // Several batches at once from one part, and several parts at once.
  await insert('large', hour, 3_600);
  await insert('other', hour + 4 * HOUR, 600);
  await insert('recent', Date.now() - 5 * HOUR, 150);
});
afterAll(() => it.cleanup());

type Struck = (counters: EmulatorCounters) => number;
const closed: Struck = ({ closed }) => closed;
const answered =
  (status: number): Struck =>
  ({ answers }) =>
    answers[status] ?? 0;

/** Lets one request pass: Mixpanel's key is checked by a request of the same kind, and this is not about what becomes of that. */
const ONE_PASSES: Fault = { kind: 'refuse-events', oneIn: 2 ** 32, first: 1 };

const cases: Array<{ what: string; faults: Fault[]; struck: Struck; rejects?: boolean; drops?: boolean }> = [
  {
    what: 'closes every 3rd connection before it has read the body',
    faults: [{ kind: 'close', when: 'before-body', every: 3 }],
    struck: closed,
  },
  {
    what: 'closes every 3rd connection after it has read the body',
    faults: [{ kind: 'close', when: 'after-body', every: 3 }],
    struck: closed,
  },
  {
    what: 'accepts every 3rd batch, but its answer is lost',
    faults: [{ kind: 'close', when: 'after-accept', every: 3 }],
    struck: closed,
  },
  {
    what: 'answers 429 without Retry-After to all that comes, for a while',
    faults: [ONE_PASSES, { kind: 'status', status: 429, first: 13 }],
    struck: answered(429),
  },
  {
    what: 'answers 429 with Retry-After to every 2nd batch',
    faults: [{ kind: 'status', status: 429, retryAfter: 2, every: 2, first: 16 }],
    struck: answered(429),
  },
  {
    what: 'answers 500 to all that comes, for a while',
    faults: [ONE_PASSES, { kind: 'status', status: 500, first: 13 }],
    struck: answered(500),
  },
  {
    what: 'says for a while that the quota is used up',
    faults: [ONE_PASSES, { kind: 'over-quota', first: 5 }],
    struck: ({ answers, dropped }) => (answers[402] ?? 0) + (dropped.over_quota ?? 0),
    drops: true,
  },
  {
    what: 'answers 413 to every 3rd batch',
    faults: [{ kind: 'status', status: 413, every: 3 }],
    struck: answered(413),
  },
  {
    what: 'refuses single events of batches',
    faults: [{ kind: 'refuse-events', oneIn: 400 }],
    struck: answered(400),
    rejects: true,
  },
  {
    what: 'answers slowly, and every 4th batch so late that nobody waits for it',
    faults: [
      { kind: 'slow', milliseconds: 150 },
      { kind: 'slow', milliseconds: 2_000, every: 4, first: 12 },
    ],
    struck: ({ abandoned }) => abandoned,
  },
  {
    what: 'does a bit of everything',
    faults: [
      { kind: 'close', when: 'after-accept', every: 5 },
      { kind: 'status', status: 503, every: 4 },
      { kind: 'status', status: 429, retryAfter: 1, every: 3, first: 20 },
      { kind: 'slow', milliseconds: 50, every: 2 },
    ],
    struck: closed,
  },
  {
    what: 'refuses single events while connections break and servers fail',
    faults: [
      { kind: 'close', when: 'before-body', every: 5 },
      { kind: 'status', status: 500, every: 4 },
      { kind: 'status', status: 413, every: 7 },
      { kind: 'refuse-events', oneIn: 400 },
    ],
    struck: answered(400),
    rejects: true,
  },
];

test.each(cases)('$what', async ({ what, faults, struck, rejects = false, drops = false }) => {
  const run = async (vendor: 'posthog' | 'mixpanel') => {
    const { emulator, destination } = it.vendors[vendor];
    emulator.reset();
    emulator.setFaults(faults);
    const integrationId = `${vendor}-${cases.findIndex((one) => one.what === what)}`;
    const one = await project.start({ destination }, { integrationId });
    await one.untilExported();
    const rejected = await expectEachRowOnce(it.own, one, emulator);
    expect(rejected.length > 0).toBe(rejects);
    expect(struck(emulator.counters())).toBeGreaterThan(0);
    if (!drops) expectNoComplaint(emulator);
    await it.own.exports.integrations.delete({ ...one, actor });
  };
  await Promise.all([run('posthog'), run('mixpanel')]);
});
