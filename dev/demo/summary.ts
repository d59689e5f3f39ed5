import type { Stack } from '../stack/stack.ts';
import { number, size } from './format.ts';
import { DEMO_BUCKET, DEMO_INTEGRATION } from './integration.ts';
import { DEMO_DATABASE, DEMO_PROJECT } from './sample.ts';
import { DEMO_SINKS, type DemoSink, SINK_NAMES } from './sinks.ts';
import { type SinkDelivery, sinkProblem, stateUrl } from './verify-sinks.ts';

export interface Outcome {
  /** Rows that a reader of the source sees, up to where the files are. */
  sourceRows: number;
  /** Rows that a reader of the files sees. */
  rows: number;
  periods: number;
  files: number;
  bytes: number;
  /** From the start of everything until the files were complete. */
  seconds: number;
  sinks: Readonly<Record<DemoSink, SinkDelivery>>;
  /** The same until PostHog and Mixpanel had everything too. */
  sinkSeconds: number;
}

/** What is not as it must be, a sentence each that names the destination; none when all is delivered. */
export function problemsOf({ sourceRows, rows, sinks }: Outcome): string[] {
  const problems: string[] = [];
  if (rows !== sourceRows) problems.push(`S3: the files hold ${number(rows)} rows, the source ${number(sourceRows)}.`);
  for (const sink of DEMO_SINKS) {
    const problem = sinkProblem(sinks[sink]);
    if (problem !== undefined) problems.push(`${SINK_NAMES[sink]}: ${problem}`);
  }
  return problems;
}

/** What `--json` prints. */
export function resultOf({ sourceRows, rows, periods, files, bytes, seconds, sinks }: Outcome) {
  const figures = ({ rows, rejected, events }: SinkDelivery) => ({ rows, rejected, events });
  return {
    ...{ sourceRows, rows, periods, files, bytes, seconds: Number(seconds.toFixed(1)) },
    posthog: figures(sinks.posthog),
    mixpanel: figures(sinks.mixpanel),
  };
}

/** For people: what was delivered, and where to look. */
export function summaryOf(outcome: Outcome, stack: Stack, dataDir: string): string {
  const { rows, sourceRows, periods, files, bytes, seconds, sinks, sinkSeconds } = outcome;
  const { temporal, clickhouse, s3, emulators, mail, secrets, logDir } = stack;
  const problems = problemsOf(outcome);
  return [
    '',
    ...problems.map((problem) => `NOT complete: ${problem}`),
    ...(rows === sourceRows
      ? [
          `Complete: ${number(rows)} rows of ${number(sourceRows)} in ${number(periods)} periods, ${number(files)} files, ${size(bytes)}; ${seconds.toFixed(1)} s with the start of everything.`,
        ]
      : []),
    ...DEMO_SINKS.filter((sink) => sinkProblem(sinks[sink]) === undefined).map(
      (sink) => `${SINK_NAMES[sink]}: ${deliveryOf(sinks[sink])}`,
    ),
    `All three after ${sinkSeconds.toFixed(1)} s.`,
    '',
    `  Temporal UI   ${temporal.uiUrl}   (workflows integration/${DEMO_PROJECT}/${[DEMO_INTEGRATION, ...DEMO_SINKS].join(', …/')})`,
    `  S3            ${s3.url}   bucket ${DEMO_BUCKET}, on disk ${dataDir}/s3/${DEMO_BUCKET}`,
    `  PostHog       ${stateUrl(emulators.posthogUrl)}   (emulator: knows what came since its start)`,
    `  Mixpanel      ${stateUrl(emulators.mixpanelUrl)}   (the same)`,
    `  ClickHouse    ${clickhouse.url}   user ${clickhouse.user}, table ${DEMO_DATABASE}.events_full`,
    `  mails         ${mail.folder}   (caught by ${mail.url}, sent to nobody)`,
    `  secrets       ${dataDir}/secrets.json   (S3 access key ${secrets.s3AccessKeyId})`,
    `  logs          ${logDir}`,
    '',
  ].join('\n');
}

function deliveryOf({ rows, rejected, events, sourceRows, fromStart }: SinkDelivery): string {
  const delivered = `${number(rows)} rows accepted, ${number(rejected)} rejected, of ${number(sourceRows)}`;
  return fromStart
    ? `${delivered}; ${number(events)} events in the emulator (roots of traces make two).`
    : `${delivered}; ${number(events)} events in the emulator since its start.`;
}
