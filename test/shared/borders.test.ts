import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkBorders } from '../../tools/check-borders.mjs';

const fixtures = join(import.meta.dirname, '../fixtures/borders');
const root = join(import.meta.dirname, '../..');

describe('the borders between the folders', () => {
  const faults = checkBorders(fixtures);

  it('are kept by the code as it is', () => {
    expect(checkBorders(root)).toEqual([]);
  });

  it.each([
    ['workflows/activity.ts', 1, '../activities/export-part.ts'],
    ['workflows/activity-type.ts', 1, '../activities/source/source.ts'],
    ['workflows/deep/activity.ts', 1, '../../activities/index.ts'],
    ['workflows/dynamic.ts', 2, '../activities/part.ts'],
    ['workflows/node.ts', 1, 'node:fs/promises'],
    ['workflows/zod.ts', 1, 'zod'],
    ['workflows/client-package.ts', 1, '@temporalio/client'],
    ['workflows/worker.ts', 1, '../workers/main.ts'],
    ['workflows/outside.ts', 1, '../../elsewhere.ts'],
    ['activities/workflow.ts', 1, '../workflows/integration.ts'],
    ['activities/workflow-type.ts', 1, '../workflows/messages.ts'],
    ['activities/workflow-package.ts', 1, '@temporalio/workflow'],
    ['activities/client.ts', 1, '../client/index.ts'],
    ['shared/crypto.ts', 1, 'node:crypto'],
    ['shared/files.ts', 1, 'node:fs'],
    ['shared/network.ts', 1, '@clickhouse/client'],
    ['shared/workflow.ts', 1, '../workflows/messages.ts'],
    ['shared/activity.ts', 1, '../activities/source/source.ts'],
    ['client/workflow.ts', 1, '../workflows/integration.ts'],
    ['client/workflow-mixed.ts', 1, '../workflows/integration.ts'],
    ['client/workflow-named-type.ts', 1, '../workflows/integration.ts'],
    ['client/activity.ts', 1, '../activities/source/source.ts'],
    ['client/worker.ts', 1, '@temporalio/worker'],
    ['web/server/messages.ts', 1, '../../workflows/messages.ts'],
    ['web/server/activity.tsx', 1, '../../activities/probe.ts'],
    ['web/server/temporal.ts', 1, '@temporalio/client'],
    ['cli/workflow.ts', 1, '../workflows/integration.ts'],
    ['cli/web.ts', 1, '../web/server/main.ts'],
  ])('are crossed by %s, line %i, which imports %s', (file, line, specifier) => {
    expect(faults.filter((fault) => fault.startsWith(`${file}:`))).toEqual([
      `${file}:${line} must not import ${specifier}`,
    ]);
  });

  it('are crossed by nothing else: types of workflows in the client, node:crypto in sealed.ts, comments and strings', () => {
    const crossed = new Set(faults.map((fault) => fault.slice(0, fault.indexOf(':'))));
    const kept = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !crossed.has(file))
      .sort();
    expect(kept).toEqual([
      'activities/allowed.ts',
      'cli/allowed.ts',
      'client/allowed.ts',
      'shared/allowed.ts',
      'shared/sealed.ts',
      'web/server/allowed.ts',
      'workers/anything.ts',
      'workflows/allowed.ts',
      'workflows/deep/allowed.ts',
    ]);
  });
});
