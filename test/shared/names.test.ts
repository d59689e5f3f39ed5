import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMPRESSIONS, FORMATS } from '../../shared/config/integration.ts';
import { templateProblem } from '../../shared/config/layout.ts';
import {
  type DataObjectRef,
  integrationWorkflowId,
  manifestKey,
  objectKey,
  ownerKey,
  periodWorkflowId,
} from '../../shared/names.ts';
import { contentTypeOf, extensionOf } from '../../shared/names-files.ts';
import { completeTemplate, type Layout } from '../../shared/names-folder.ts';
import { compactInstant } from '../../shared/names-times.ts';
import type { Axis } from '../../shared/period.ts';
import { ceilTo, type Frequency, iso, lengthOf } from '../../shared/period.ts';

const owner = { projectId: 'p1', integrationId: 'i1', prefix: 'exports/' };
const hourly = { axis: 'updated', start: '2026-03-01T10:00:00.000Z', end: '2026-03-01T11:00:00.000Z' } as const;
const daily = { axis: 'event', start: '2026-03-01T18:30:00.000Z', end: '2026-03-02T18:30:00.000Z' } as const;
const object: DataObjectRef = {
  ...owner,
  layout: { kind: 'hive' },
  source: 'events',
  window: hourly,
  revision: 1,
  part: 'p0003',
  format: 'jsonl',
  compression: 'gzip',
};

describe('workflow ids', () => {
  it('name the integration, the axis and the start of the period', () => {
    expect(integrationWorkflowId(owner)).toBe('integration/p1/i1');
    expect(periodWorkflowId(owner, hourly)).toBe('integration/p1/i1/updated/2026-03-01T10:00:00.000Z');
  });

  it('tell late sweeps from the period and from each other', () => {
    expect(periodWorkflowId(owner, { ...hourly, late: 2 })).toBe(
      'integration/p1/i1/updated/2026-03-01T10:00:00.000Z/late-2h',
    );
    expect(periodWorkflowId(owner, { ...hourly, late: 0 })).toMatch(/\/late-0h$/);
  });
});

describe('object keys', () => {
  const folder = 'exports/p1/i1/events/axis=updated/date=2026-03-01/hour=10';
  const bounds = '20260301T100000.000Z--20260301T110000.000Z';

  it('follow the hive layout, with the hour for windows shorter than a day', () => {
    expect(objectKey(object)).toBe(`${folder}/${bounds}.r1.p0003.jsonl.gz`);
  });

  it('have no hour for days and weeks, and the UTC date of the start', () => {
    expect(objectKey({ ...object, window: daily, format: 'parquet', compression: 'none' })).toBe(
      'exports/p1/i1/events/axis=event/date=2026-03-01/20260301T183000.000Z--20260302T183000.000Z.r1.p0003.parquet',
    );
  });

  it('follow the flat layout', () => {
    expect(objectKey({ ...object, layout: { kind: 'flat' } })).toBe(
      `exports/p1/i1/events/updated/${bounds}.r1.p0003.jsonl.gz`,
    );
  });

  it('follow a template and put before it what it lacks', () => {
    const layout: Layout = { kind: 'template', template: 'lake/{source}/y={year}/m={month}/d={day}/h={hour}' };
    expect(objectKey({ ...object, layout })).toBe(
      `exports/p1/i1/updated/lake/events/y=2026/m=03/d=01/h=10/${bounds}.r1.p0003.jsonl.gz`,
    );
  });

  it('mark late objects and manifests', () => {
    const window = { ...hourly, late: 2 };
    expect(objectKey({ ...object, window })).toBe(`${folder}/${bounds}.r1.late-2h.p0003.jsonl.gz`);
    expect(manifestKey(owner, window)).toBe(`exports/p1/i1/manifests/updated/${bounds}.late-2h.json`);
  });

  it('of manifest and owner marker do not depend on the layout', () => {
    expect(manifestKey(owner, hourly)).toBe(`exports/p1/i1/manifests/updated/${bounds}.json`);
    expect(ownerKey(owner)).toBe('exports/p1/i1/_owner.json');
    expect(ownerKey({ ...owner, prefix: '' })).toBe('p1/i1/_owner.json');
  });

  it('are never made of a time that would have to be cut', () => {
    for (const start of ['2026-03-01T10:00:00Z', '2026-03-01T10:00:00.000001Z', '2026-03-01 10:00:00.000Z', '']) {
      expect(() => objectKey({ ...object, window: { ...hourly, start } })).toThrow(RangeError);
    }
  });

  it('keep the order of time when sorted as text', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('2106-01-01'), noInvalidDate: true }),
        fc.nat(1e9),
        (date, later) => {
          const [a, b] = [date.getTime(), date.getTime() + later + 1];
          return compactInstant(iso(a)) < compactInstant(iso(b));
        },
      ),
    );
  });
});

describe('templates', () => {
  it('are completed with the folders that keep integrations and axes apart', () => {
    expect(completeTemplate('{date}')).toBe('{projectId}/{integrationId}/{source}/{axis}/{date}');
    expect(completeTemplate('{projectId}/x/id={integrationId}/{source}/{axis}')).toBe(
      '{projectId}/x/id={integrationId}/{source}/{axis}',
    );
  });

  it('do not count variables that share a folder, because their values could meet', () => {
    expect(completeTemplate('{projectId}-{integrationId}/{source}{axis}')).toMatch(
      /^\{projectId\}\/\{integrationId\}\/\{source\}\/\{axis\}\//,
    );
  });
});

const year = { start: Date.UTC(2027, 11, 1), end: Date.UTC(2028, 11, 1) };
const frequencies: Frequency[] = ['every_20_minutes', 'hourly', 'daily', 'weekly'];
const layouts: Layout[] = [
  { kind: 'hive' },
  { kind: 'flat' },
  { kind: 'template', template: 'all' },
  { kind: 'template', template: '{source}/{year}-{month}' },
  { kind: 'template', template: 'x={projectId}/i={integrationId}/{axis}/{source}/{date}/{hour}' },
];

describe.each(frequencies)('the windows of a leap year, %s', (frequency) => {
  it.each(layouts)('have distinct keys on both axes: %j', (layout) => {
    const seen = new Set<string>();
    let made = 0;
    const cadence = { frequency, utcOffsetMinutes: 330 };
    const length = lengthOf(frequency);
    for (let at = ceilTo(cadence, year.start); at < year.end; at += length) {
      for (const axis of ['event', 'updated'] satisfies Axis[]) {
        const window = { axis, start: iso(at), end: iso(at + length) };
        seen.add(objectKey({ ...object, layout, window })).add(manifestKey(owner, window));
        made += 2;
      }
    }
    expect(seen.size).toBe(made);
  });
});

interface Thing {
  projectId: string;
  integrationId: string;
  axis: Axis;
  hour: number;
  revision: number;
  part: string;
  late: number | undefined;
}

describe('any two data objects', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/);
  const folder = fc.constantFrom(
    '{projectId}',
    '{integrationId}',
    '{source}',
    'a={axis}',
    '{axis}',
    '{projectId}-{integrationId}',
    '{integrationId}{projectId}',
    'x',
    '{date}',
  );
  const template = fc.array(folder, { minLength: 1, maxLength: 5 }).map((folders) => folders.join('/'));
  const thing: fc.Arbitrary<Thing> = fc.record({
    projectId: id,
    integrationId: id,
    axis: fc.constantFrom<Axis>('event', 'updated'),
    hour: fc.integer({ min: 0, max: 3 }),
    revision: fc.integer({ min: 1, max: 12 }),
    part: fc.constantFrom('p0000', 'p0001', 'p0000-0', 'p0000-1', 'p0000-0-1'),
    late: fc.constantFrom(undefined, 2, 72),
  });

  it('with the same layout share a key only if they are the same', () => {
    const keyOf = (layout: Layout, { projectId, integrationId, axis, hour, late, ...rest }: Thing) => {
      const start = Date.UTC(2026, 2, 1, hour);
      const window = { axis, start: iso(start), end: iso(start + 3_600_000), ...(late === undefined ? {} : { late }) };
      return objectKey({ ...object, layout, projectId, integrationId, window, ...rest });
    };
    fc.assert(
      fc.property(template, thing, thing, (text, a, b) => {
        expect(templateProblem(text)).toBeUndefined();
        const layout: Layout = { kind: 'template', template: text };
        expect(keyOf(layout, a) === keyOf(layout, b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('file kinds', () => {
  it('have an extension and the content type of the stored bytes', () => {
    expect(extensionOf({ format: 'csv', compression: 'gzip' })).toBe('csv.gz');
    expect(extensionOf({ format: 'jsonl', compression: 'zstd' })).toBe('jsonl.zst');
    expect(contentTypeOf({ format: 'csv', compression: 'none' })).toBe('text/csv; charset=utf-8');
    expect(contentTypeOf({ format: 'csv', compression: 'gzip' })).toBe('application/gzip');
    expect(contentTypeOf({ format: 'parquet', compression: 'none' })).toBe('application/vnd.apache.parquet');
  });

  it('all differ in extension', () => {
    const all = FORMATS.flatMap((format) => COMPRESSIONS.map((compression) => extensionOf({ format, compression })));
    expect(new Set(all).size).toBe(all.length);
  });
});
