import { ExportError } from '../export-error.ts';

/** A data object stands where a new one was to be written: only another attempt at the same part can have done that. */
export function alreadyExists(): ExportError {
  return new ExportError(
    'DestinationBusy',
    'The object exists already: another attempt at the same part has written it',
    'Nothing to do: it is removed and written again at the next attempt.',
  );
}
