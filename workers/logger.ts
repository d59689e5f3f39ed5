import type { Logger, LogLevel, LogMetadata } from '@temporalio/common';
import { type DestinationStream, pino } from 'pino';
import type { WorkerConfig } from './config.ts';

/** Fields that must never be printed, wherever they stand in what is logged. */
const SECRET_FIELDS = [
  'password',
  'secret',
  'secretAccessKey',
  'sessionToken',
  'apiKey',
  'authorization',
  'encryptionKey',
  'connectionUrl',
];
/** Long and of no use to a reader. */
const NOISE_FIELDS = ['taskToken'];

type PinoLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';
const LEVELS: Record<LogLevel, PinoLevel> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

/** A logger for the Temporal runtime that prints one JSON object a line, with secrets left out. */
export function createLogger(level: WorkerConfig['logLevel'], stream: DestinationStream = pino.destination(1)): Logger {
  const out = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      redact: {
        paths: [...SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), ...NOISE_FIELDS],
        remove: true,
      },
    },
    stream,
  );
  const log = (at: LogLevel, message: string, meta?: LogMetadata) => out[LEVELS[at]]({ ...meta }, message);
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
}
