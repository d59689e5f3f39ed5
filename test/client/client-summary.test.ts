import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { expect, test } from 'vitest';
import { summaryLine } from '../../client/integrations/create.ts';
import { queryOf } from '../../client/integrations/list.ts';
import { summaryOf } from '../../client/integrations/summary.ts';
import type { StoredInfo } from '../../client/stored.ts';
import { integrationConfigSchema } from '../../shared/config/integration.ts';

const id = { projectId: 'p', integrationId: 'i' };
const fields = (values: Record<string, unknown>): Record<string, Payload> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, defaultPayloadConverter.toPayload(value)]));

test('a summary is read from memo and search attributes', () => {
  const info: StoredInfo = {
    execution: { workflowId: 'integration/p/i', runId: 'r' },
    memo: {
      fields: fields({ name: 'N', destination: 's3', frequency: 'daily', createdBy: 'a', createdAt: 't', more: 1 }),
    },
    searchAttributes: { indexedFields: fields({ ExportStatus: 'blocked', ExportCursor: '2026-01-31T00:00:00Z' }) },
  };
  expect(summaryOf(id, info)).toEqual({
    ...id,
    name: 'N',
    destination: 's3',
    frequency: 'daily',
    createdBy: 'a',
    createdAt: 't',
    request: '',
    status: 'blocked',
    exportedUpTo: '2026-01-31T00:00:00.000Z',
    workflowId: 'integration/p/i',
    runId: 'r',
  });
});

test.each<[string, StoredInfo]>([
  ['nothing', {}],
  ['nulls', { execution: null, memo: { fields: null }, searchAttributes: null }],
  [
    'other types',
    {
      memo: { fields: fields({ name: 7 }) },
      searchAttributes: { indexedFields: fields({ ExportStatus: 'dancing', ExportCursor: 'never' }) },
    },
  ],
  [
    'an unreadable encoding',
    { memo: { fields: { name: { metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.from('x') } } } },
  ],
])('a summary of %s breaks nothing', (_, info) => {
  const summary = summaryOf(id, info);
  expect(summary).toMatchObject({ ...id, name: '', status: 'unknown' });
  expect(summary).not.toHaveProperty('exportedUpTo');
});

test('the query of a list names only what was asked for', () => {
  expect(queryOf({ projectId: 'p' })).toBe(
    `WorkflowType = 'integration' AND ExecutionStatus = 'Running' AND ExportProject = 'p'`,
  );
  expect(queryOf({ projectId: 'p', status: 'paused', destination: 's3' })).toContain(
    `ExportProject = 'p' AND ExportStatus = 'paused' AND ExportDestination = 's3'`,
  );
  expect(() => queryOf({ projectId: `p' OR 'a' = 'a` })).toThrow();
});

test('the line for the Temporal UI is at most 200 bytes and never cut inside a character', () => {
  const destination = {
    kind: 's3',
    provider: 'aws',
    bucket: 'bucket',
    credentials: { kind: 'worker_role' },
  };
  const lineOf = (name: string) => summaryLine(integrationConfigSchema.parse({ name, destination }));
  expect(lineOf('Copy')).toBe('daily to s3://bucket: Copy');
  for (const name of ['日本語'.repeat(33), `x${'🎈'.repeat(49)}`, 'a'.repeat(100)]) {
    expect(Buffer.byteLength(lineOf(name))).toBeLessThanOrEqual(200);
    expect(lineOf(name)).not.toContain('\uFFFD');
  }
});
