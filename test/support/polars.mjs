// node test/support/polars.mjs FOLDER COLUMN…: what Polars reads where it is given a folder alone, as JSON on stdout. A process of its
// own, since Polars ends the one that it runs in where something is wrong.
import polars from 'nodejs-polars';

const [folder, ...columns] = process.argv.slice(2);
const rows = await polars.scanParquet(folder).collect();
const sums = Object.fromEntries(columns.map(name => [name, rows.getColumn(name).sum()]));
process.stdout.write(JSON.stringify({ rows: rows.height, columns: rows.columns, sums }));
