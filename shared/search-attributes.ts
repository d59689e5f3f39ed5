/** What integrations can be listed and found by in Temporal. Never secret: they are stored in the clear. Workflow code may import this. */
import { defineSearchAttributeKey, type SearchAttributeType } from '@temporalio/common';

/** A word of `Status` in `integration-state.ts`. */
export const exportStatus = defineSearchAttributeKey('ExportStatus', 'KEYWORD');
/** Kind of destination: `s3` … */
export const exportDestination = defineSearchAttributeKey('ExportDestination', 'KEYWORD');
export const exportProject = defineSearchAttributeKey('ExportProject', 'KEYWORD');
/** Everything before this instant is exported. */
export const exportCursor = defineSearchAttributeKey('ExportCursor', 'DATETIME');

/** All of them, for registration. */
export const SEARCH_ATTRIBUTES = [exportStatus, exportDestination, exportProject, exportCursor] as const;

/** The types in the words of Temporal's command line. */
export const SEARCH_ATTRIBUTE_TYPES: Readonly<Record<SearchAttributeType, string>> = {
  TEXT: 'Text',
  KEYWORD: 'Keyword',
  INT: 'Int',
  DOUBLE: 'Double',
  BOOL: 'Bool',
  DATETIME: 'Datetime',
  KEYWORD_LIST: 'KeywordList',
};
