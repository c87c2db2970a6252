// node-postgres 8: parameters, types, prepared statements, errors, notices, a pool. The server's port is the argument.
const assert = require('node:assert');
const { Client, Pool } = require('pg');

const config = { host: '127.0.0.1', port: Number(process.argv[2]), user: 'root', database: 'defaultdb' };

async function main() {
  const client = new Client(config);
  const notices = [];
  client.on('notice', (notice) => notices.push(notice.message));
  await client.connect();
  await client.query('DROP TABLE IF EXISTS nothing');
  assert.deepStrictEqual(notices, ['table "nothing" does not exist, skipping']);

  await client.query(`CREATE TABLE every (k INT4 PRIMARY KEY, b BOOL, i8 INT8, f FLOAT8, n DECIMAL(10, 2), s STRING, y BYTES,
    d DATE, tz TIMESTAMPTZ, u UUID, j JSONB, si STRING[], ii INT4[])`);
  const when = new Date('2026-11-22T10:15:00.250Z');
  const values = [1, true, '9223372036854775807', 0.1, '1.50', 'fünf', Buffer.from([0, 255]), '2026-11-22', when,
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', { a: [1, null] }, ['a', null, 'b"c'], [1, 2]];
  const marks = values.map((_, index) => `$${index + 1}`).join(', ');
  const inserted = await client.query(`INSERT INTO every VALUES (${marks})`, values);
  assert.strictEqual(inserted.rowCount, 1);
  const { rows, fields } = await client.query('SELECT * FROM every WHERE k = $1', [1]);
  const [row] = rows;
  assert.strictEqual(row.b, true);
  assert.strictEqual(row.i8, '9223372036854775807');
  assert.strictEqual(row.f, 0.1);
  assert.strictEqual(row.n, '1.50');
  assert.strictEqual(row.s, 'fünf');
  assert.deepStrictEqual([...row.y], [0, 255]);
  assert.strictEqual(row.d.getDate(), 22);
  assert.strictEqual(row.tz.getTime(), when.getTime());
  assert.deepStrictEqual(row.j, { a: [1, null] });
  assert.deepStrictEqual(row.si, ['a', null, 'b"c']);
  assert.deepStrictEqual(row.ii, [1, 2]);
  assert.strictEqual(fields[0].dataTypeID, 23);
  const types = await client.query('SELECT typname, oid, typarray FROM pg_type WHERE typname = ANY($1) OR oid = $2 ORDER BY 1', [['int8', 'jsonb'], 1082]);
  assert.deepStrictEqual(types.rows, [
    { typname: 'date', oid: 1082, typarray: 1182 }, { typname: 'int8', oid: 20, typarray: 1016 }, { typname: 'jsonb', oid: 3802, typarray: 3807 },
  ]);

  for (let n = 2; n < 50; n++) {
    await client.query({ name: 'put', text: 'INSERT INTO every (k, s) VALUES ($1, $2)', values: [n, `s${n}`] });
  }
  const several = await client.query('SELECT 1 AS a; SELECT 2 AS b');
  assert.deepStrictEqual(several.map((result) => Object.values(result.rows[0]).map(Number)), [[1], [2]]);
  const text = await client.query("SELECT string_agg(s, ',' ORDER BY k) AS texts FROM every WHERE k IN (2, 3)");
  assert.strictEqual(text.rows[0].texts, 's2,s3');

  await assert.rejects(client.query('INSERT INTO every (k) VALUES (1)'), (error) => {
    assert.strictEqual(error.code, '23505');
    assert.strictEqual(error.constraint, 'every_pkey');
    assert.strictEqual(error.table, 'every');
    return true;
  });
  await assert.rejects(client.query('SELECT nonsense FROM every'), { code: '42703' });
  await client.query('BEGIN');
  await client.query('DELETE FROM every');
  await client.query('ROLLBACK');
  await client.end();

  const pool = new Pool({ ...config, max: 8 });
  const counts = await Promise.all(Array.from({ length: 64 }, (_, n) => pool.query('SELECT count(*)::INT4 AS n FROM every WHERE k <> $1', [-n])));
  assert(counts.every((count) => count.rows[0].n === 49));
  await pool.end();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
