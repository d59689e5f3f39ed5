import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { ClickHouseException } from './exceptions.ts';
import { parseInsert, parseStatement, type Statement } from './statement.ts';

/** A request's statement, and for an INSERT the rows: what was read together with the statement, then the rest. */
export interface StatementRequest {
  statement: Statement;
  data: AsyncIterable<Buffer>;
  /** `param_*` values that came in a form. */
  formParameters: [string, string][];
}

/** An INSERT's own text ends within the first bytes of the body. */
const HEAD_BYTES = 64 * 1024;
const MAX_STATEMENT_BYTES = 64 * 1024 * 1024;

/**
 * Reads the statement of a request: `query` in the URL, then the body. Of an INSERT's body only the start is read here.
 * Returns undefined if there is none at all.
 */
export async function readStatement(request: IncomingMessage, url: URL): Promise<StatementRequest | undefined> {
  const queryText = (url.searchParams.get('query') ?? '').trimEnd();
  const source = decodedBody(request);
  if (request.headers['content-type']?.startsWith('multipart/form-data')) return readForm(request, source, queryText);

  const chunks = source[Symbol.asyncIterator]();
  const prefix = queryText === '' ? '' : `${queryText}\n`;
  const pieces: Buffer[] = [Buffer.from(prefix)];
  let length = 0;
  let next: IteratorResult<Buffer> = { value: Buffer.alloc(0) };
  while (next.done !== true) {
    if (length < HEAD_BYTES) {
      const start = Buffer.concat([...pieces, next.value]);
      const head = parseInsertHead(start);
      if (head !== undefined)
        return { statement: head, data: continued(start.subarray(head.dataStart), chunks), formParameters: [] };
    }
    pieces.push(next.value);
    length += next.value.length;
    next = await chunks.next();
    if (length > MAX_STATEMENT_BYTES) throw new ClickHouseException(62, 'Max query size exceeded. (SYNTAX_ERROR)');
  }
  const sql = Buffer.concat(pieces).toString('utf8');
  if (sql.trim() === '') return undefined;
  return { ...wholeStatement(sql), formParameters: [] };
}

/** The INSERT that these bytes begin with, as soon as its own text is complete. */
function parseInsertHead(bytes: Buffer): ReturnType<typeof parseInsert> {
  // latin1 keeps one character per byte, so that offsets in the text are offsets in the bytes.
  const text = bytes.subarray(0, 2 * HEAD_BYTES).toString('latin1');
  const insert = parseInsert(text);
  if (insert === undefined || (insert.dataStart >= text.length && !text.endsWith('\n'))) return undefined;
  const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8');
  return { ...insert, head: utf8(insert.head), tail: utf8(insert.tail) };
}

function wholeStatement(sql: string): Pick<StatementRequest, 'statement' | 'data'> {
  const statement = parseStatement(sql);
  const data = statement.kind === 'insert-data' ? sql.slice(statement.dataStart) : '';
  return { statement, data: some(Buffer.from(data)) };
}

async function readForm(request: IncomingMessage, source: AsyncIterable<Buffer>, queryText: string) {
  const body: Buffer[] = [];
  for await (const chunk of source) body.push(chunk);
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  const form = await new Response(Buffer.concat(body), { headers }).formData();
  const formParameters: [string, string][] = [];
  let sql = queryText;
  for (const [name, value] of form) {
    if (typeof value !== 'string')
      throw new ClickHouseException(
        48,
        `External table ${name}: not supported by the embedded server. (NOT_IMPLEMENTED)`,
      );
    if (name === 'query') sql += value;
    else formParameters.push([name, value]);
  }
  return { ...wholeStatement(sql), formParameters };
}

async function* continued(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

async function* some(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes;
}

function decodedBody(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return request;
  const decoder = {
    gzip: createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
    zstd: createZstdDecompress,
  }[encoding];
  if (decoder === undefined)
    throw new ClickHouseException(48, `Unknown http Content-Encoding ${encoding}. (NOT_IMPLEMENTED)`);
  const decoded = decoder();
  request.on('error', (error) => decoded.destroy(error));
  return request.pipe(decoded);
}
