import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ClickHouseWorld, isExternal, openClickHouseWorld, readAnswer } from './clickhouse-world.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let world: ClickHouseWorld;
beforeAll(async () => {
  world = await openClickHouseWorld();
  await world.client.command({
    query: `CREATE TABLE items (id UInt32, name String DEFAULT concat('item ', toString(id)), at DateTime64(3, 'UTC') DEFAULT 0)
      ENGINE = MergeTree ORDER BY id`,
  });
});
afterAll(() => world.close());

describe('a query', () => {
  test('gets its parameters as they are, special signs and long lists too', async () => {
    const text = 'a\'b\\c\n\t"ü😀`$x$';
    const list = Array.from({ length: 3000 }, (_, index) => 1_700_000_000 + index);
    const result = await world.client.query({
      query: 'SELECT {text:String} AS text, length({list:Array(UInt32)}) AS n, {none:Nullable(String)} AS none',
      query_params: { text, list, none: null },
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ text, n: 3000, none: null }]);
  });

  test.each([65_535, 65_536, 65_537, 131_073, 1_048_575, 1_048_577, 3_000_000])(
    'gives a body of %i bytes whole',
    async (bytes) => {
      const answer = await world.client.exec({
        query: `SELECT arrayStringConcat(arrayWithConstant(${bytes - 1}, 'x')) FORMAT TSVRaw`,
      });
      let read = 0;
      for await (const chunk of answer.stream) read += chunk.length;
      expect(read).toBe(bytes);
      const rows = await world.rows<{ x: string }>(
        `SELECT repeat('x', 99) AS x FROM numbers(${Math.ceil(bytes / 100)})`,
      );
      expect(rows).toHaveLength(Math.ceil(bytes / 100));
    },
  );

  test('takes a million bytes of parameters from a form', async () => {
    const list = Array.from({ length: 100_000 }, (_, index) => 1_700_000_000 + index);
    const result = await world.client.query({
      query: 'SELECT arraySum({list:Array(UInt32)}) AS sum',
      query_params: { list },
      use_multipart_params: true,
      format: 'JSONEachRow',
    });
    expect(await result.json()).toEqual([{ sum: list.reduce((sum, each) => sum + each, 0) }]);
  });

  test('takes its settings from the request, and none of another request', async () => {
    const query = "SELECT getSetting('max_block_size') AS size, currentDatabase() AS database";
    const [before] = await world.rows<{ size: number }>(query);
    expect(await world.rows(query, { settings: { max_block_size: '1234' } })).toMatchObject([{ size: 1234 }]);
    await world.post('SET max_block_size = 4321');
    await world.post('USE system');
    await world.post('SELECT {left:String}', { param_left: 'over' });
    expect(await world.rows(query)).toEqual([before]);
    await expect(world.rows('SELECT {left:String}')).rejects.toMatchObject({ code: '456' });
  });

  test.each([
    ['SELECT 1 AS a FORMAT CSVWithNames', '"a"\n1\n', 'CSVWithNames'],
    ['SELECT 1 AS a, 2 AS b SETTINGS max_threads = 1 FORMAT CSV;', '1,2\n', 'CSV'],
    [
      'SELECT 1 AS a FORMAT JSONEachRow SETTINGS output_format_json_array_of_rows = 1',
      '[\n{"a":1}\n]\n',
      'JSONEachRow',
    ],
    ['SELECT 1 AS a WHERE 0 FORMAT CSVWithNames -- no rows', '"a"\n', 'CSVWithNames'],
    ['(SELECT 1 AS a) UNION ALL (SELECT 1)', '1\n1\n', 'TabSeparated'],
    ['WITH 2 AS x SELECT x AS format ORDER BY format DESC', '2\n', 'TabSeparated'],
    ['EXISTS TABLE items', '1\n', 'TabSeparated'],
    ['SHOW TABLES', 'items\n', 'TabSeparated'],
    ["SELECT 'FORMAT CSV', '/* no comment', $x$ '); $x$", "FORMAT CSV\t/* no comment\t \\'); \n", 'TabSeparated'],
    ['SELECT 1 WHERE 0', '', 'TabSeparated'],
    [
      'SELECT sum(number) AS s FROM numbers(3) GROUP BY number % 2 WITH TOTALS ORDER BY s FORMAT TSV',
      '1\n2\n\n3\n',
      'TSV',
    ],
  ])('%s', async (query, body, format) => {
    const answer = await world.post(query);
    expect({ status: answer.status, body: answer.body.toString() }).toEqual({ status: 200, body });
    if (!isExternal) expect(answer.headers['x-clickhouse-format']).toBe(format);
  });

  test('uses default_format and tells its id, format and time zone', async () => {
    const answer = await world.post('SELECT 1 AS a', { default_format: 'JSONEachRow', query_id: 'told-id' });
    expect(answer.body.toString()).toBe('{"a":1}\n');
    expect(answer.headers).toMatchObject({
      'x-clickhouse-query-id': 'told-id',
      'x-clickhouse-format': 'JSONEachRow',
      'x-clickhouse-timezone': 'UTC',
      'x-clickhouse-exception-tag': expect.stringMatching(/^[a-z]{16}$/),
    });
  });

  test('comes by GET too, which may not write', async () => {
    const get = (query: string) => {
      const sent = world.send({ query }, { method: 'GET' });
      sent.end();
      return readAnswer(sent);
    };
    expect((await get('SELECT 7')).body.toString()).toBe('7\n');
    expect((await get('DROP TABLE items')).headers['x-clickhouse-exception-code']).toBe('164');
  });

  test('is answered in gzip where that is asked for', async () => {
    const client = world.connect({ compression: { response: true, request: true } });
    await client.insert({ table: 'items', values: [{ id: 77_001 }], format: 'JSONEachRow' });
    const result = await client.query({ query: 'SELECT name FROM items WHERE id = 77001', format: 'JSONEachRow' });
    expect(await result.json()).toEqual([{ name: 'item 77001' }]);
    const answer = await world.post('SELECT 1', { enable_http_compression: '1' }, { 'accept-encoding': 'gzip' });
    expect(answer.headers['content-encoding']).toBe('gzip');
    expect(answer.body).not.toContain('1\n');
  });

  test('runs beside seven others', async () => {
    const started = performance.now();
    const query = 'SELECT sleep(0.5), {n:UInt8} AS n';
    const run = async (n: number) => {
      const result = await world.client.query({ query, query_params: { n }, format: 'JSONEachRow' });
      return result.json<{ n: number }>();
    };
    const results = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(run));
    expect(results.flat().map((row) => row.n)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(performance.now() - started).toBeLessThan(2500);
  });
});

describe('an insert', () => {
  test('takes values, defaults and a summary', async () => {
    const values = [{ id: 1 }, { id: 2, name: 'two', at: '2026-01-02 03:04:05.678' }];
    const { summary } = await world.client.insert({ table: 'items', values, format: 'JSONEachRow' });
    expect(summary?.written_rows).toBe('2');
    expect(await world.rows('SELECT * FROM items WHERE id < 10 ORDER BY id')).toEqual([
      { id: 1, name: 'item 1', at: '1970-01-01 00:00:00.000' },
      { id: 2, name: 'two', at: '2026-01-02 03:04:05.678' },
    ]);
  });

  test.each([
    ['INSERT INTO items (id, name) VALUES', " (11, 'v;'), (12, DEFAULT)"],
    ['INSERT INTO items (id, name) SETTINGS max_threads = 1 FORMAT CSV', '11,"v;"\n12,"item 12"\n'],
    ['INSERT INTO items (id, name) FORMAT TSV', '11\tv;\n12\titem 12\n'],
    ['INSERT INTO items (id, name) FORMAT JSONEachRow', '{"id":11,"name":"v;"}{"id":12}'],
  ])('%s', async (head, data) => {
    const count = 'SELECT name FROM items WHERE id IN (11, 12) ORDER BY id';
    const rows = [{ name: 'v;' }, { name: 'item 12' }];
    for (const [inUrl, body] of [
      ['', `${head}\n${data}`],
      [head, data],
    ] as const) {
      expect(await world.post(body, inUrl === '' ? {} : { query: inUrl })).toMatchObject({ status: 200 });
      expect(await world.rows(count)).toEqual(rows);
      await world.post('ALTER TABLE items DELETE WHERE id IN (11, 12)', { mutations_sync: '1' });
    }
  });

  test('of another query counts its rows', async () => {
    const { summary } = await world.client.command({
      query: 'INSERT INTO items (id) SELECT 100 + number FROM numbers(50)',
    });
    expect(summary?.written_rows).toBe('50');
  });

  test('takes a gzip body', async () => {
    const body = gzipSync('200\n201\n');
    const sent = world.send(
      { query: 'INSERT INTO items (id) FORMAT CSV' },
      { headers: { 'content-encoding': 'gzip' } },
    );
    sent.end(body);
    expect((await readAnswer(sent)).status).toBe(200);
    expect(await world.rows('SELECT count() AS n FROM items WHERE id IN (200, 201)')).toMatchObject([{ n: 2 }]);
  });

  test('of bad rows fails with the parser’s error', async () => {
    const insert = world.client.insert({ table: 'items', values: [{ id: 'zz' }], format: 'JSONEachRow' });
    await expect(insert).rejects.toMatchObject({ code: '27', message: expect.stringContaining('Cannot parse') });
  });
});

describe('an error before the first byte', () => {
  test.each([
    ['SELECT FROM WHERE', 62, 400, 'SYNTAX_ERROR'],
    ['SELECT 1; SELECT 2', 62, 400, 'SYNTAX_ERROR'],
    ['CREAT TABLE x', 62, 400, 'SYNTAX_ERROR'],
    ['SELECT * FROM nowhere', 60, 404, 'UNKNOWN_TABLE'],
    ['INSERT INTO nowhere FORMAT CSV\n1', 60, 404, 'UNKNOWN_TABLE'],
    ['SELECT nothing', 47, 404, 'UNKNOWN_IDENTIFIER'],
    ['SELECT 1 FORMAT Nope', 73, 404, 'UNKNOWN_FORMAT'],
    ['SELECT throwIf(number = 3) FROM numbers(5)', 395, 500, 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO'],
  ])('%s', async (query, code, status, name) => {
    const answer = await world.post(query);
    expect(answer.status).toBe(status);
    expect(answer.headers['x-clickhouse-exception-code']).toBe(String(code));
    expect(answer.body.toString()).toMatch(
      new RegExp(
        `^Code: ${code}\\. DB::Exception: (?!Code)[\\s\\S]*\\(${name}\\) \\(version [^()]+ \\(official build\\)\\)\\n$`,
      ),
    );
  });

  test('names the place in the text that the caller sent', async () => {
    const answer = await world.post('SELECT 1 FROM (SELECT 2');
    expect(answer.body.toString()).toMatch(/failed at position 15 \(|Unmatched parentheses/);
    expect((await world.post('SYSTEM NONSENSE')).body.toString()).toContain('failed at position 8 (');
  });

  test('is an unknown setting or database', async () => {
    await expect(world.rows('SELECT 1', { settings: { no_such_setting: 1 } })).rejects.toMatchObject({ code: '115' });
    expect((await world.post('SELECT 1', { database: 'nowhere' })).headers['x-clickhouse-exception-code']).toBe('81');
  });

  test('is a wrong password, in each of its forms', async () => {
    const wrong = world.connect({ password: 'wrong' });
    await expect(wrong.query({ query: 'SELECT 1' })).rejects.toMatchObject({ code: '516' });
    const key = { 'X-ClickHouse-User': world.user, 'X-ClickHouse-Key': 'wrong' };
    const answer = await world.post('SELECT 1', {}, key);
    expect(answer).toMatchObject({ status: 403, headers: { 'x-clickhouse-exception-code': '516' } });
  });

  test('is the memory limit of the query', async () => {
    const rows = world.rows('SELECT length(groupArray(number)) FROM numbers(100000000)', {
      settings: { max_memory_usage: '100000000' },
    });
    await expect(rows).rejects.toMatchObject({
      code: '241',
      message: expect.stringMatching(/^Query memory limit exceeded/),
    });
  });

  test('is the time limit of the query', async () => {
    const rows = world.rows('SELECT count() FROM numbers(1e12) WHERE sipHash64(number) = 1', {
      settings: { max_execution_time: 0.3 },
    });
    await expect(rows).rejects.toMatchObject({ code: '159' });
  });
});

describe('KILL QUERY', () => {
  const endless = 'SELECT count() FROM numbers(1e13) WHERE sipHash64(number) = 1';

  test.each(['SYNC', 'ASYNC', ''])('%s stops the query of that id and names it', async (mode) => {
    const id = `victim ${mode} '*/`;
    const victim = expect(world.rows(endless, { id })).rejects.toMatchObject({ code: '394' });
    const named = `'${id.replace("'", "\\'")}'`;
    await expect.poll(() => world.rows(`SELECT 1 FROM system.processes WHERE query_id = ${named}`)).toHaveLength(1);
    const duplicate = world.rows('SELECT 1', { id });
    await expect(duplicate).rejects.toMatchObject({ code: '216' });
    const killed = await world.rows(`KILL QUERY WHERE query_id = ${named} ${mode}`);
    expect(killed).toMatchObject([{ query_id: id, kill_status: mode === 'SYNC' ? 'finished' : 'waiting' }]);
    await victim;
    await expect.poll(() => world.rows(`SELECT 1 FROM system.processes WHERE query_id = ${named}`)).toEqual([]);
  });

  test('of an unknown id kills nothing', async () => {
    expect(await world.rows("KILL QUERY WHERE query_id = 'nobody' SYNC")).toEqual([]);
  });

  test('takes its id as a parameter', async () => {
    const victim = expect(world.rows(endless, { id: 'by-parameter' })).rejects.toMatchObject({ code: '394' });
    await world.untilRunning('by-parameter', true);
    await world.client.command({
      query: 'KILL QUERY WHERE query_id = {id:String}',
      query_params: { id: 'by-parameter' },
    });
    await victim;
  });

  test('finds a query that has parameters, and its log_comment stays what it was', async () => {
    const victim = world.client.query({
      query: `${endless} AND number < {most:UInt64}`,
      query_params: { most: '10000000000000' },
      query_id: 'with-parameters',
      clickhouse_settings: { log_comment: 'of the caller' },
    });
    const failed = expect(victim).rejects.toMatchObject({ code: '394' });
    await world.untilRunning('with-parameters', true);
    const seen = "SELECT Settings['log_comment'] AS comment FROM system.processes WHERE query_id = 'with-parameters'";
    expect(await world.rows(seen)).toEqual([{ comment: 'of the caller' }]);
    await world.client.command({ query: "KILL QUERY WHERE query_id = 'with-parameters' SYNC" });
    await failed;
  });

  test('stops an insert from a query', async () => {
    const query = 'INSERT INTO items (id) SELECT number FROM numbers(1e13) WHERE sipHash64(number) = 1';
    const insert = world.client.command({ query, query_id: 'endless-insert' });
    const failed = expect(insert).rejects.toMatchObject({ code: '394' });
    await world.untilRunning('endless-insert', true);
    await world.client.command({ query: "KILL QUERY WHERE query_id = 'endless-insert' SYNC" });
    await failed;
  });
});
