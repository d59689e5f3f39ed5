import { parseArgs } from 'node:util';

export interface StartOptions {
  once: boolean;
  json: boolean;
  help: boolean;
  rows: number;
  days: number;
  portBase: number;
  dataDir: string;
}

export const HELP = `npm start -- [options]

Starts the embedded stack (Temporal, ClickHouse engine, S3 server, emulators of PostHog and Mixpanel), fills it with sample events,
starts a worker and an integration "everything, full history, hourly, JSONL gzip, to the local bucket", then one to each of the
emulators, and shows their progress.

  --once            exit when the history is exported: 0 if the committed files hold every row of the source, and each
                    emulator has taken or refused as many, else 1
  --rows N          sample rows that are made at the first start   (default 200000)
  --days N          days over which they spread                    (default 7)
  --port-base N     Temporal; its UI +1, ClickHouse +2, S3 +3, mail +5, PostHog +6, Mixpanel +7
                    (default 7233; a busy one is replaced by the next free one)
  --data DIR        where all data, logs and secrets are kept      (default .data; the next start goes on with it)
  --json            a JSON object with the result as the last line of stdout
  --help            this text

Ctrl-C stops everything and keeps the data.`;

/** @throws Error that names the option and what it takes */
export function readOptions(args: readonly string[]): StartOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      rows: { type: 'string', default: '200000' },
      days: { type: 'string', default: '7' },
      'port-base': { type: 'string', default: '7233' },
      data: { type: 'string', default: '.data' },
    },
  });
  return {
    once: values.once,
    json: values.json,
    help: values.help,
    rows: whole('--rows', values.rows, 0, 1_000_000_000),
    days: whole('--days', values.days, 1, 3_650),
    portBase: whole('--port-base', values['port-base'], 1, 65_000),
    dataDir: values.data,
  };
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`${option} takes a whole number from ${least} to ${most}, not "${text}". See npm start -- --help`);
  }
  return value;
}
