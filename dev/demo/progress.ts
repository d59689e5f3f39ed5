import type { IntegrationView } from '../../client/index.ts';
import { number, size } from './format.ts';

/** Of the longest name, Mixpanel, so that lines stay where they are when others join them. */
const NAME_WIDTH = 8;

/** Integrations by the name that is shown. */
export type Views = ReadonlyMap<string, IntegrationView>;

/** A terminal, or a file or pipe. */
export type Screen = Pick<NodeJS.WriteStream, 'isTTY'> & { columns?: number; write(text: string): unknown };

/** Shows the progress of integrations, a line for each: redrawn on a terminal, elsewhere plain lines every few seconds. */
export class Progress {
  /** What an integration had delivered when it was shown first, for its speed. */
  readonly #begun = new Map<string, { at: number; rows: number }>();
  #lastPlain = Number.NEGATIVE_INFINITY;
  #plain: readonly string[] = [];
  #drawn = 0;
  readonly #tty: boolean;
  readonly #out: Screen;

  constructor(out: Screen) {
    this.#out = out;
    this.#tty = out.isTTY === true;
  }

  show(views: Views): void {
    const lines = [...views].map(
      ([name, view]) => `${name.padEnd(NAME_WIDTH)}  ${describe(view, this.#speedOf(name, view))}`,
    );
    if (this.#tty) {
      const up = this.#drawn > 1 ? `\x1b[${this.#drawn - 1}A` : '';
      // A line that wraps would take two, and the next drawing would begin too low.
      const cut = lines.map((line) => `\x1b[2K${line.slice(0, (this.#out.columns ?? 120) - 1)}`);
      if (cut.length > 0) this.#out.write(`\r${up}${cut.join('\n')}`);
      this.#drawn = cut.length;
      return;
    }
    if (performance.now() - this.#lastPlain < 2_000) return;
    this.#lastPlain = performance.now();
    for (const line of lines) if (!this.#plain.includes(line)) this.#out.write(`${line}\n`);
    this.#plain = lines;
  }

  /** Leaves the last state standing and begins a new line. */
  end(): void {
    if (this.#drawn > 0) this.#out.write('\n');
    this.#drawn = 0;
  }

  /** Rows a second since it was shown first. */
  #speedOf(name: string, { totals }: IntegrationView): number {
    const now = performance.now();
    const begun = this.#begun.get(name) ?? { at: now, rows: totals.rows };
    this.#begun.set(name, begun);
    return ((totals.rows - begun.rows) / Math.max(now - begun.at, 100)) * 1000;
  }
}

function describe(view: IntegrationView, rate: number): string {
  const { periods, rows, rejected, bytes } = view.totals;
  const refused = rejected === 0 ? '' : `, ${number(rejected)} rejected`;
  if (view.caughtUp) {
    const clock = (instant = '') => instant.slice(11, 16);
    return `${view.status}: complete up to ${clock(view.exportedUpTo)} UTC, ${number(rows)} rows${refused}; what is new is exported at ${clock(view.nextPeriodAt)} UTC`;
  }
  const expected = view.tracks.reduce((sum, track) => sum + (track.rowsExpected ?? 0), 0);
  const done = view.tracks
    .filter(({ purpose }) => purpose === 'backfill')
    .reduce((sum, track) => sum + track.rowsDone, 0);
  const left = Math.max(0, expected - done);
  const eta = view.backfillDone || rate === 0 ? '' : `, ETA ${Math.ceil(left / rate)} s`;
  const trouble = view.lastError === undefined || view.status === 'active' ? '' : ` – ${view.lastError.message}`;
  return `${view.status}: ${number(periods)} periods, ${number(rows)} rows${refused}, ${size(bytes)}, ${number(Math.round(rate))} rows/s${eta}${trouble}`;
}
