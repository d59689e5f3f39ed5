import type { IntegrationView } from '../../client/index.ts';

/** Shows the progress of an integration: one line that is redrawn on a terminal, a plain line every few seconds elsewhere. */
export class Progress {
  #started = performance.now();
  #lastPlain = 0;
  #drawn = false;
  readonly #tty: boolean;
  readonly #out: NodeJS.WriteStream;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#tty = out.isTTY === true;
  }

  show(view: IntegrationView): void {
    const line = describe(view, (performance.now() - this.#started) / 1000);
    if (this.#tty) {
      this.#out.write(`\r\x1b[2K${line.slice(0, (this.#out.columns ?? 120) - 1)}`);
      this.#drawn = true;
      return;
    }
    if (performance.now() - this.#lastPlain < 2_000) return;
    this.#lastPlain = performance.now();
    this.#out.write(`${line}\n`);
  }

  /** Leaves the last state standing and begins a new line. */
  end(): void {
    if (this.#drawn) this.#out.write('\n');
    this.#drawn = false;
  }
}

function describe(view: IntegrationView, seconds: number): string {
  const { periods, rows, bytes } = view.totals;
  if (view.caughtUp) {
    const clock = (instant = '') => instant.slice(11, 16);
    return `${view.status}: complete up to ${clock(view.exportedUpTo)} UTC, ${number(rows)} rows; the next hour is exported at ${clock(view.nextPeriodAt)} UTC`;
  }
  const expected = view.tracks.reduce((sum, track) => sum + (track.rowsExpected ?? 0), 0);
  const done = view.tracks
    .filter(({ purpose }) => purpose === 'backfill')
    .reduce((sum, track) => sum + track.rowsDone, 0);
  const rate = rows / Math.max(seconds, 0.1);
  const left = Math.max(0, expected - done);
  const eta = view.backfillDone || rate === 0 ? '' : `, ETA ${Math.ceil(left / rate)} s`;
  const trouble = view.lastError === undefined || view.status === 'active' ? '' : ` – ${view.lastError.message}`;
  return `${view.status}: ${number(periods)} periods, ${number(rows)} rows, ${size(bytes)}, ${number(Math.round(rate))} rows/s${eta}${trouble}`;
}

export function number(value: number): string {
  return value.toLocaleString('en-US');
}

export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}
