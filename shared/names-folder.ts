/** The folder of a data object, by the layout of the integration. */
import type { Window } from './activities.ts';
import type { IntegrationConfig } from './config/integration.ts';
import type { LayoutVariable } from './config/layout.ts';
import { piecesOf } from './names-times.ts';
import { type Axis, DAY } from './period.ts';
import type { SourceName } from './sources/catalog.ts';

export type Layout = IntegrationConfig['layout'];

export interface FolderOf {
  layout: Layout;
  projectId: string;
  integrationId: string;
  source: SourceName;
  window: Pick<Window, 'axis' | 'start' | 'end'>;
}

/** What a folder must tell apart because the file name does not. */
const IDENTITY = ['projectId', 'integrationId', 'source', 'axis'] as const satisfies readonly LayoutVariable[];

/**
 * The folder, without a "/" at either end. Dates and hours are those of the window's start, in UTC.
 * `hour=` stands only in windows shorter than a day: the window decides, not the present frequency, so that a window that is
 * tried again after a change of frequency keeps its folder.
 */
export function folderOf({ layout, projectId, integrationId, source, window }: FolderOf): string {
  const { year, month, day, hour } = piecesOf(window.start);
  const variables: Record<LayoutVariable, string> = {
    projectId,
    integrationId,
    source,
    axis: window.axis satisfies Axis,
    date: `${year}-${month}-${day}`,
    hour,
    year,
    month,
    day,
  };
  return templateOf(layout, window).replace(/\{(\w+)\}/g, (_, name: LayoutVariable) => variables[name]);
}

/** Every layout as a template. */
function templateOf(layout: Layout, window: FolderOf['window']): string {
  switch (layout.kind) {
    case 'hive': {
      const short = Date.parse(window.end) - Date.parse(window.start) < DAY;
      return `{projectId}/{integrationId}/{source}/axis={axis}/date={date}${short ? '/hour={hour}' : ''}`;
    }
    case 'flat':
      return '{projectId}/{integrationId}/{source}/{axis}';
    case 'template':
      return completeTemplate(layout.template);
  }
}

/**
 * A template with the folders that it lacks put before it: without them, two integrations or both axes could make the same name.
 * `{source}/date={date}` becomes `{projectId}/{integrationId}/{axis}/{source}/date={date}`. A variable counts only as a folder of its own,
 * alone or as `name={variable}`; in `{projectId}-{integrationId}` the ids `a-b` and `c`, `a` and `b-c` would meet. They go before, not
 * after, because readers of hive partitions want the partitions last.
 */
export function completeTemplate(template: string): string {
  const folders = template.split('/').map((folder) => /^(?:[^{}=]+=)?\{(\w+)\}$/.exec(folder)?.[1]);
  const missing = IDENTITY.filter((variable) => !folders.includes(variable));
  return [...missing.map((variable) => `{${variable}}`), template].join('/');
}
