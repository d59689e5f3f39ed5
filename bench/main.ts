/** `npm run bench`: speed and memory on the embedded stack, each figure beside its target. See `--help`. */
import { rm } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { downloads } from './downloads.ts';
import { generate } from './generate.ts';
import { memory } from './memory.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { periods } from './periods.ts';
import { isMet, type Outcome, tableOf } from './report.ts';
import { sinks } from './sinks.ts';
import { stream } from './stream.ts';
import { type BenchWorld, openWorld } from './world.ts';

interface Bench {
  about: string;
  run(world: BenchWorld, options: BenchOptions): Promise<Outcome>;
}

const BENCHES: Readonly<Record<string, Bench>> = {
  generate: { about: 'rows of sample data per second', run: generate },
  stream: { about: "ClickHouse → S3 beside ClickHouse's own INSERT INTO FUNCTION s3", run: stream },
  memory: { about: 'peak memory of a worker at 100,000 and at 1,000,000 rows, with 512 MB a query', run: memory },
  periods: { about: 'two years of hourly periods of which 100 have rows; 1,000 small periods', run: periods },
  downloads: { about: 'batch exports: a filtered CSV in order, its memory, and small files', run: downloads },
  sinks: { about: 'ClickHouse → emulated Mixpanel and PostHog: events per second, memory of a worker', run: sinks },
};

const HELP = `npm run bench -- [name …] [options]

${Object.entries(BENCHES)
  .map(([name, { about }]) => `  ${name.padEnd(12)}${about}`)
  .join('\n')}

  --rows N      rows of the large data set           (default 1000000; the targets are meant for that)
  --rounds N    how often stream and sinks run each side (default 3; the median counts)
  --fresh       make the data anew
  --data DIR    where data and logs are kept         (default ~/.cache/event-exports/bench)
  --json        an object with all figures as the last line of stdout
  --help        this text

Exits with 1 when a target is missed. Anything else that runs on the machine spoils the figures.`;

async function main(options: BenchOptions): Promise<void> {
  const names = options.names.length === 0 ? Object.keys(BENCHES) : options.names;
  const chosen = names.map((name) => {
    const bench = BENCHES[name];
    if (bench === undefined) throw new Error(`There is no benchmark "${name}". See npm run bench -- --help`);
    return { name, bench };
  });
  const out = options.json ? process.stderr : process.stdout;
  const log = (line: string) => void out.write(`${line}\n`);
  if (options.fresh) await rm(options.dataDir, { recursive: true, force: true });

  const outcomes: Record<string, Outcome & { load: number }> = {};
  for (const { name, bench } of chosen) {
    const [load = 0] = loadavg();
    log(`\n${name}: ${bench.about} (${cpus().length} cores, load ${load.toFixed(1)} before)`);
    const world = await openWorld(options.dataDir, log);
    const outcome = await bench.run(world, options).finally(() => world.close());
    for (const line of tableOf(outcome.figures)) log(line);
    for (const note of outcome.notes) log(`  ${note}`);
    outcomes[name] = { ...outcome, load };
    if (outcome.figures.some((figure) => isMet(figure) === false)) process.exitCode = 1;
  }
  if (options.json) {
    const judged = Object.entries(outcomes).map(([name, { figures, ...rest }]) => [
      name,
      { figures: figures.map((figure) => ({ ...figure, met: isMet(figure) })), ...rest },
    ]);
    process.stdout.write(`${JSON.stringify(Object.fromEntries(judged))}\n`);
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(`${HELP}\n`);
  else await main(options);
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
// Clients keep sockets open for reuse; everything that matters has been stopped.
process.exit();
