import type { EventStyle } from '../../shared/config/event-sinks.ts';
import { SealError } from '../../shared/sealed.ts';
import type { OpenOptions } from '../destinations/open-options.ts';
import { ExportError } from '../export-error.ts';
import type { MappingOptions } from './mapping/options.ts';
import type { PaceRegistry } from './pace-registry.ts';
import { type Clock, systemClock } from './pauses.ts';

/** What an event sink needs beside its configuration. */
export interface SinkOptions extends OpenOptions {
  /** One for the whole worker, so that all deliveries to a project share its pace. */
  paces: PaceRegistry;
  /** Of the observability store's web pages, for links in events. Default: no links. */
  baseUrl?: string | undefined;
  /** Replaces scheme and host of Mixpanel: a proxy or emulator of the operator's, who is trusted with its address. */
  mixpanelUrl?: string | undefined;
  /** Told of answers that contradict themselves; numbers only. Default: nobody is told. */
  warn?: ((message: string, facts: Record<string, number>) => void) | undefined;
  /** How long a vendor may take no decision on a batch. Default: five minutes. */
  patienceMs?: number | undefined;
  /** How long one answer may take. Default: one minute. */
  timeoutMs?: number | undefined;
  /** Replaced in tests. Default: the system's. */
  now?: Clock['now'] | undefined;
  sleep?: Clock['sleep'] | undefined;
}

export function clockOf({ now = systemClock.now, sleep = systemClock.sleep }: SinkOptions): Clock {
  return { now, sleep };
}

/**
 * @param name as people know it: "project API key"
 * @throws ExportError ConfigInvalid
 */
export function openSinkSecret(
  sealed: string,
  name: string,
  { sealer, projectId, integrationId }: SinkOptions,
): string {
  if (sealed === '') {
    throw new ExportError('ConfigInvalid', `The destination has no ${name}`, `Enter the ${name} and save.`);
  }
  try {
    return sealer.open(sealed, { projectId, integrationId });
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new ExportError('ConfigInvalid', `The stored ${name} cannot be opened`, error.message);
  }
}

/** What the mapping of rows needs. */
export function mappingOptions(
  { eventStyle, includeIo }: { eventStyle: EventStyle; includeIo: boolean },
  { projectId, baseUrl }: SinkOptions,
  now: number,
): MappingOptions {
  return { projectId, style: eventStyle, includeIo, now, ...(baseUrl === undefined ? {} : { baseUrl }) };
}
