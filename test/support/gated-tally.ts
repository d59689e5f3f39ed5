import { Transform } from 'node:stream';
import type { TallyStream } from '../../activities/source/source.ts';
import { tallyStream } from '../../activities/source/tally-stream.ts';

/** Stops a stream of rows in its middle, for tests of what happens then. */
export interface GatedTally {
  tally: TallyStream;
  /** Resolves when so many bytes have come. */
  reached: Promise<void>;
  open: () => void;
}

/** The real `tallyStream`, which lets `bytes` of the rows pass, then holds the rest back until it is opened. */
export function gatedTally(bytes: number): GatedTally {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  let passed = 0;
  const tally: TallyStream = (rows, options) => {
    const gate = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        passed += chunk.length;
        if (passed < bytes) return callback(null, chunk);
        reached.resolve();
        void opened.promise.then(() => callback(null, chunk));
      },
    });
    rows.on('error', (error) => gate.destroy(error));
    gate.on('close', () => rows.destroy());
    return tallyStream(rows.pipe(gate), options);
  };
  return { tally, reached: reached.promise, open: opened.resolve };
}
