/**
 * `BudgetStore` in PostgreSQL: two tables, and a function for each operation, so that it takes one round trip and locks are held
 * for no longer than the server needs.
 *
 * Locks are taken in one order, so that nobody waits in a circle: the id (advisory), reservations, then counters by key. Each
 * statement of a function has to see what others have committed while it waited (READ COMMITTED). The time is the server's.
 */
import { sql, type Kysely } from 'kysely'
import { COUNTER_MAX_NANO_USD, SETTLED_KEPT_MS } from '../core/budget-store.ts'
import { quoted } from './sql-name.ts'

/** Names as they stand in SQL, with their schema and in quotes. */
export interface BudgetNames {
  readonly counter: string
  readonly hold: string
  readonly open: string
  readonly reserve: string
  readonly settle: string
  readonly read: string
  readonly seed: string
}

export function budgetNames(prefix: string, schema: string): BudgetNames {
  const named = (name: string): string => `${quoted(schema)}.${quoted(`${prefix}budget_${name}`)}`
  return {
    counter: named('counter'),
    hold: named('hold'),
    open: named('open'),
    reserve: named('reserve'),
    settle: named('settle'),
    read: named('read'),
    seed: named('seed'),
  }
}

export async function createBudgetTables<DB>(db: Kysely<DB>, names: BudgetNames): Promise<void> {
  for (const statement of [...tables(names), ...functions(names)]) await sql.raw(statement).execute(db)
}

/** Counters are changed in place again and again: half of each page is left free for that. */
function tables({ counter, hold }: BudgetNames): readonly string[] {
  return [
    `CREATE TABLE ${counter} (
      key text COLLATE "C" PRIMARY KEY,
      spent bigint NOT NULL DEFAULT 0,
      held bigint NOT NULL DEFAULT 0,
      is_seeded boolean NOT NULL DEFAULT false,
      forget_ms bigint NOT NULL
    ) WITH (fillfactor = 50)`,
    `CREATE INDEX ON ${counter} (forget_ms)`,
    `CREATE TABLE ${hold} (
      id text COLLATE "C" PRIMARY KEY,
      is_settled boolean NOT NULL,
      ends_ms bigint NOT NULL,
      keys text[] NOT NULL DEFAULT '{}',
      amounts bigint[] NOT NULL DEFAULT '{}'
    )`,
    `CREATE INDEX ON ${hold} (is_settled, ends_ms)`,
  ]
}

const NOW_MS = `(extract(epoch FROM clock_timestamp()) * 1000)::bigint`
/** Half of the key of an advisory lock, so that it is no lock of the app's: "llmb". */
const LOCK_CLASS = 0x6c_6c_6d_62
/** How many are tidied away at a time. */
const TIDIED_MAX = 1_000

function functions(names: BudgetNames): readonly string[] {
  return [open(names), reserve(names), settle(names), read(names), seed(names)]
}

/**
 * Releases what reservations hold whose time is over, and locks counters. Who is being settled, or released by somebody else,
 * is passed by. Tells which counters are locked: one that is made a moment later can be seen by the next statement, and is not.
 */
function open({ open, counter, hold }: BudgetNames): string {
  return plpgsql(
    `${open}(wanted text[], is_changing boolean) RETURNS text[]`,
    `
    DECLARE
      ended text[] := ARRAY(
        SELECT id FROM ${hold} WHERE NOT is_settled AND ends_ms <= ${NOW_MS}
        ORDER BY ends_ms LIMIT ${TIDIED_MAX} FOR UPDATE SKIP LOCKED);
      locked text[] := '{}';
    BEGIN
      IF NOT is_changing AND cardinality(ended) = 0 THEN RETURN locked; END IF;
      locked := ARRAY(SELECT key FROM ${counter}
        WHERE key = ANY (wanted || ARRAY(SELECT unnest(keys) FROM ${hold} WHERE id = ANY (ended)))
        ORDER BY key FOR UPDATE);
      IF cardinality(ended) = 0 THEN RETURN locked; END IF;
      UPDATE ${counter} AS c SET held = c.held - gone.amount
        FROM (SELECT part.key, sum(part.amount) AS amount
              FROM ${hold} AS h, unnest(h.keys, h.amounts) AS part (key, amount)
              WHERE h.id = ANY (ended) GROUP BY part.key) AS gone
        WHERE c.key = gone.key;
      DELETE FROM ${hold} WHERE id = ANY (ended);
      RETURN locked;
    END`,
  )
}

function reserve({ reserve, open, counter, hold }: BudgetNames): string {
  const claims = `jsonb_to_recordset(request->'claims')
        AS claim (place int, key text, amount bigint, "limit" bigint, "isEnforced" boolean, "forgetMs" bigint)`
  return plpgsql(
    `${reserve}(request jsonb) RETURNS text`,
    `
    DECLARE
      unknown jsonb;
      is_repeated boolean;
      is_refused boolean;
      locked text[];
    BEGIN
      PERFORM pg_advisory_xact_lock(${LOCK_CLASS}, hashtext(request->>'id'));
      locked := ${open}(ARRAY(SELECT key FROM ${claims}), true);
      SELECT jsonb_agg(place ORDER BY place) FILTER (WHERE c.is_seeded IS NOT TRUE),
             coalesce(bool_or("isEnforced" AND amount > 0 AND c.spent + c.held + amount > "limit"), false)
        INTO unknown, is_refused
        FROM ${claims} LEFT JOIN ${counter} AS c ON c.key = claim.key AND c.key = ANY (locked);
      IF unknown IS NOT NULL THEN
        RETURN jsonb_build_object('outcome', 'unknown', 'unknown', unknown);
      END IF;
      is_repeated := EXISTS (SELECT FROM ${hold} WHERE id = request->>'id');
      is_refused := is_refused AND NOT is_repeated;
      IF NOT is_refused AND NOT is_repeated THEN
        WITH granted AS (
          SELECT key, least(amount, ${COUNTER_MAX_NANO_USD} - c.held) AS amount, "forgetMs"
            FROM ${claims} JOIN ${counter} AS c USING (key)
        ), changed AS (
          UPDATE ${counter} AS c SET held = c.held + granted.amount, forget_ms = ${forgetMs('granted')}
            FROM granted WHERE c.key = granted.key AND granted.amount > 0
        )
        INSERT INTO ${hold} (id, is_settled, ends_ms, keys, amounts)
          SELECT request->>'id', false, ${NOW_MS} + (request->>'ttlMs')::bigint, array_agg(key), array_agg(amount)
            FROM granted WHERE amount > 0 HAVING count(*) > 0;
      END IF;
      RETURN jsonb_build_object(
        'outcome', CASE WHEN is_refused THEN 'refused' ELSE 'reserved' END,
        'standings', (SELECT coalesce(jsonb_agg(jsonb_build_array(c.spent, c.held) ORDER BY place), '[]')
                        FROM ${claims} JOIN ${counter} AS c USING (key)));
    END`,
  )
}

function settle({ settle, open, counter, hold }: BudgetNames): string {
  const entries = `jsonb_to_recordset(request->'entries') AS entry (place int, key text, spent bigint, "forgetMs" bigint)`
  return plpgsql(
    `${settle}(request jsonb) RETURNS text`,
    `
    DECLARE
      mine ${hold};
    BEGIN
      PERFORM pg_advisory_xact_lock(${LOCK_CLASS}, hashtext(request->>'id'));
      SELECT * INTO mine FROM ${hold} WHERE id = request->>'id' FOR UPDATE;
      IF mine.is_settled IS NOT TRUE THEN
        INSERT INTO ${hold} (id, is_settled, ends_ms) VALUES (request->>'id', true, ${NOW_MS} + ${SETTLED_KEPT_MS})
          ON CONFLICT (id) DO UPDATE SET is_settled = true, ends_ms = excluded.ends_ms, keys = '{}', amounts = '{}';
        INSERT INTO ${counter} (key, forget_ms) SELECT key, "forgetMs" FROM ${entries}
          WHERE NOT EXISTS (SELECT FROM ${counter} AS c WHERE c.key = entry.key)
          ORDER BY key ON CONFLICT DO NOTHING;
        PERFORM ${open}(ARRAY(SELECT key FROM ${entries}) || mine.keys, true);
        UPDATE ${counter} AS c SET held = c.held - change.released,
            spent = least(${COUNTER_MAX_NANO_USD}, c.spent + change.spent), forget_ms = ${forgetMs('change')}
          FROM (SELECT key, sum(spent) AS spent, sum(released) AS released, max("forgetMs") AS "forgetMs"
                FROM (SELECT key, spent, 0 AS released, "forgetMs" FROM ${entries}
                      UNION ALL SELECT unnest(mine.keys), 0, unnest(mine.amounts), 0) AS part
                GROUP BY key) AS change
          WHERE c.key = change.key;
      ELSE
        PERFORM ${open}('{}', false);
      END IF;
      IF (request->>'isTidying')::boolean THEN ${tidy({ counter, hold })} END IF;
      RETURN jsonb_build_object('standings', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(coalesce(c.spent, 0), coalesce(c.held, 0)) ORDER BY place), '[]')
          FROM ${entries} LEFT JOIN ${counter} AS c USING (key)));
    END`,
  )
}

/** What is of no use any more: never waits for anybody. */
function tidy({ counter, hold }: Pick<BudgetNames, 'counter' | 'hold'>): string {
  return `
        DELETE FROM ${hold} WHERE id IN (
          SELECT id FROM ${hold} WHERE is_settled AND ends_ms <= ${NOW_MS} LIMIT ${TIDIED_MAX} FOR UPDATE SKIP LOCKED);
        DELETE FROM ${counter} WHERE key IN (
          SELECT key FROM ${counter} WHERE forget_ms <= ${NOW_MS} AND held = 0 LIMIT ${TIDIED_MAX} FOR UPDATE SKIP LOCKED);`
}

function read({ read, open, counter }: BudgetNames): string {
  return plpgsql(
    `${read}(request jsonb) RETURNS text`,
    `
    BEGIN
      PERFORM ${open}('{}', false);
      RETURN jsonb_build_object('standings', (
        SELECT coalesce(jsonb_agg(CASE WHEN c.is_seeded THEN jsonb_build_array(c.spent, c.held) END ORDER BY place), '[]')
          FROM jsonb_to_recordset(request->'counters') AS wanted (place int, key text) LEFT JOIN ${counter} AS c USING (key)));
    END`,
  )
}

function seed({ seed, counter }: BudgetNames): string {
  return plpgsql(
    `${seed}(request jsonb) RETURNS text`,
    `
    BEGIN
      INSERT INTO ${counter} AS c (key, spent, is_seeded, forget_ms)
        VALUES (request->>'key', (request->>'spent')::bigint, true,
                greatest((request->>'forgetMs')::bigint, ${NOW_MS} + 3600000))
        ON CONFLICT (key) DO UPDATE SET spent = greatest(c.spent, excluded.spent), is_seeded = true
          WHERE NOT c.is_seeded;
      RETURN '{"standings":[]}';
    END`,
  )
}

/** How long a counter is kept, and at least an hour from now. */
function forgetMs(change: string): string {
  return `greatest(c.forget_ms, ${change}."forgetMs", ${NOW_MS} + 3600000)`
}

function plpgsql(signature: string, body: string): string {
  return `CREATE FUNCTION ${signature} LANGUAGE plpgsql AS ${literal(body)}`
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
