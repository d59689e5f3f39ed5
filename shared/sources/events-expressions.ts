/** What columns of the file and filters of the table both mean, over the table as `e`. */

export const IS_ROOT = `(e.parent_span_id = '' OR e.is_app_root)`;

/** The trace name as it is read: of spans that were sent without one, the root's own name stands for it. */
export const TRACE_NAME = `if(e.trace_name != '', e.trace_name, if(${IS_ROOT}, e.name, ''))`;

/** The table's ALIAS column, spelled out: an alias could be resolved to another expression of the same SELECT. */
export const TOTAL_COST = `e.cost_details['total']`;

/** `later − earlier`, an integer; null when one is null. (`dateDiff` in coarser units counts crossed bounds.) */
export function microsecondsBetween(earlier: string, later: string): string {
  return `dateDiff('microsecond', ${earlier}, ${later})`;
}
