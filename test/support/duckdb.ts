import { DuckDBInstance, type JS } from '@duckdb/node-api';

/** What DuckDB, a reader that is not ours, answers: rows of plain values, times as dates. */
export const duckdb = async (sql: string): Promise<Record<string, JS>[]> => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJS();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
};
