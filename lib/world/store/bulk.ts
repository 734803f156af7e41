import type { EntitySchema, Knex, SqlEntityManager } from '@mikro-orm/postgresql';

/** Runs SQL within the transaction of `em`, if it has one. Arrays are passed as they are. */
export const ask = async <Row>(em: SqlEntityManager, sql: string, values: readonly unknown[] = []): Promise<Row[]> => {
  const query = em.getKnex().raw<{ rows: Row[] }>(sql, values as Knex.RawBinding[]);
  const transaction = em.getTransactionContext<Knex.Transaction>();
  return (await (transaction ? query.transacting(transaction) : query)).rows;
};

/** Maximum rows per statement: well within the statement timeout. */
const MAX_ROWS = 5_000;

/**
 * Inserts rows, given by property names, all with the same ones, within the transaction of `em`: a
 * handful of statements, where a flush would track each row. `tail` follows the rows (`on conflict
 * …`, `returning …`); the table is `stored`.
 */
export const insertRows = async <T extends object, Returned = unknown>(
  em: SqlEntityManager,
  entity: EntitySchema<T>,
  rows: readonly object[],
  tail = '',
): Promise<Returned[]> => {
  if (rows.length === 0) return [];
  const { tableName, properties } = em.getMetadata().get<T>(entity.meta.className);
  const columns = Object.keys(rows[0]!).map(property => ({
    property,
    column: properties[property as keyof typeof properties].fieldNames[0]!,
  }));
  const list = columns.map(({ column }) => `"${column}"`).join(', ');
  const sql = `insert into "${tableName}" as stored (${list})
    select ${list} from json_populate_recordset(null::"${tableName}", ?::json) ${tail}`;
  const returned: Returned[] = [];
  for (let from = 0; from < rows.length; from += MAX_ROWS) {
    const part = rows
      .slice(from, from + MAX_ROWS)
      .map(row => Object.fromEntries(columns.map(({ property, column }) => [column, row[property as never]])));
    for (const row of await ask<Returned>(em, sql, [JSON.stringify(part)])) returned.push(row);
  }
  return returned;
};
