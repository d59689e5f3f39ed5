/** Whether everything that the source holds has reached an emulator, or is listed as rejected. */
import type { ClickHouseClient } from '@clickhouse/client';
import { z } from 'zod';
import type { IntegrationView } from '../../client/index.ts';
import { number } from './format.ts';
import { countEvents } from './sample.ts';

/** What an emulator says of itself, counted since its start. */
export interface EmulatorSeen {
  /** Events after the vendor's de-duplication. */
  events: number;
  /** Events that were lost after an answer of 200, by reason. */
  dropped: Readonly<Record<string, number>>;
}

export interface SinkDelivery extends EmulatorSeen {
  /** Rows that were accepted; a row that changed after its delivery counts again. */
  rows: number;
  /** Rows that were refused, or could not be made acceptable. */
  rejected: number;
  /** Rows that a reader of the source sees, up to where the integration is. */
  sourceRows: number;
  /** Those of them that are roots of their traces; each is two events. */
  sourceRoots: number;
  /** Whether the integration was made after the emulator's start. Else an earlier emulator has what was delivered before. */
  fromStart: boolean;
}

/** @throws Error when emulator or ClickHouse do not answer */
export async function readDelivery(
  clickhouse: ClickHouseClient,
  { exportedUpTo, totals: { rows, rejected } }: IntegrationView,
  { url, fromStart }: { url: string; fromStart: boolean },
): Promise<SinkDelivery> {
  const source = await countEvents(clickhouse, new Date(exportedUpTo ?? 0));
  const seen = await readEmulator(url);
  return { ...seen, rows, rejected, sourceRows: source.rows, sourceRoots: source.roots, fromStart };
}

const stateSchema = z.object({ different: z.int(), dropped: z.record(z.string(), z.int()) });

async function readEmulator(url: string): Promise<EmulatorSeen> {
  const response = await fetch(stateUrl(url));
  const { different, dropped } = stateSchema.parse(await response.json());
  return { events: different, dropped };
}

/** Where an emulator shows what it got. */
export function stateUrl(emulatorUrl: string): string {
  return `${emulatorUrl}/_emulator/state`;
}

/**
 * Accepted + rejected = source, and the emulator shows as many events as the accepted rows make. For an integration that an earlier start
 * has made only the least can be told: rows that changed after their delivery count again, and the emulator knows nothing from before.
 * @returns in words what does not fit, or undefined when everything does
 */
export function sinkProblem(delivery: SinkDelivery): string | undefined {
  const { rows, rejected, sourceRows, sourceRoots, events, dropped, fromStart } = delivery;
  const lost = Object.entries(dropped).map(([reason, count]) => `${number(count)} ${reason}`);
  if (lost.length > 0) return `the emulator has dropped events that it seemed to accept (${lost.join(', ')}).`;
  const delivered = rows + rejected;
  if (delivered < sourceRows || (fromStart && delivered > sourceRows)) {
    return `${number(rows)} rows were accepted and ${number(rejected)} rejected, the source has ${number(sourceRows)}.`;
  }
  if (!fromStart) return undefined;
  // Rejected rows may have been roots, or not.
  const most = rows + Math.min(rows, sourceRoots);
  const least = rows + Math.max(0, sourceRoots - rejected);
  if (events >= least && events <= most) return undefined;
  const expected = least === most ? number(most) : `${number(least)} to ${number(most)}`;
  return `the emulator has ${number(events)} events, but ${number(rows)} accepted rows make ${expected}.`;
}
