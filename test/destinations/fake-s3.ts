/** A tiny HTTP server that keeps objects in memory, and answers whatever a test wants it to where real servers rarely do. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export interface SeenRequest {
  method: string;
  /** Path with query: `/bucket/key?partNumber=1`. */
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export interface FakeS3 {
  url: string;
  requests: SeenRequest[];
  objects: Map<string, Buffer>;
}

/** @param special answers a request itself; undefined leaves it to the memory store */
export async function fakeS3(special: (request: SeenRequest) => Answer | undefined = () => undefined): Promise<FakeS3> {
  const requests: SeenRequest[] = [];
  const objects = new Map<string, Buffer>();
  const parts: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const seen: SeenRequest = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
    requests.push(seen);
    const { status, headers, body: text } = special(seen) ?? answerFrom(objects, parts, seen);
    response.writeHead(status, headers).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the fake server has no port');
  return { url: `http://127.0.0.1:${address.port}`, requests, objects };
}

/** An error as S3 writes it. */
export function s3Error(
  status: number,
  code: string,
  more: { headers?: Record<string, string>; xml?: string; message?: string } = {},
): Answer {
  const { headers = {}, xml = '', message = 'the server says' } = more;
  return {
    status,
    headers: { 'content-type': 'application/xml', ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${xml}<RequestId>REQ1</RequestId></Error>`,
  };
}

const xml = (body: string): Answer => ({ status: 200, headers: { 'content-type': 'application/xml' }, body });

function answerFrom(
  objects: Map<string, Buffer>,
  parts: Buffer[],
  { method, url, headers, body }: SeenRequest,
): Answer {
  const { pathname, searchParams } = new URL(url, 'http://fake');
  const exists = objects.has(pathname);
  if (headers['if-none-match'] === '*' && exists) return s3Error(412, 'PreconditionFailed');
  const part = searchParams.get('partNumber');
  switch (method) {
    case 'PUT':
      if (part === null) objects.set(pathname, body);
      else parts[Number(part) - 1] = body;
      return { status: 200, headers: { etag: '"etag"' } };
    case 'POST':
      if (searchParams.has('uploads')) {
        return xml('<InitiateMultipartUploadResult><UploadId>upload-1</UploadId></InitiateMultipartUploadResult>');
      }
      objects.set(pathname, Buffer.concat(parts));
      return xml('<CompleteMultipartUploadResult><ETag>"etag"</ETag></CompleteMultipartUploadResult>');
    case 'DELETE':
      if (!searchParams.has('uploadId')) objects.delete(pathname);
      return { status: 204 };
    case 'HEAD':
      return { status: exists ? 200 : 404, headers: { 'content-length': String(objects.get(pathname)?.length ?? 0) } };
    default:
      if (searchParams.has('list-type')) return xml('<ListBucketResult></ListBucketResult>');
      return exists ? { status: 200, body: objects.get(pathname) ?? '' } : s3Error(404, 'NoSuchKey');
  }
}
