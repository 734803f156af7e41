import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { DAY_MS } from '../lib/units.js';
import { syntheticTapes } from '../lib/simulator/market/market.js';
import { openDatabase, type Connection } from '../lib/world/database/index.js';
import { migrate } from '../lib/world/store/migrate.js';
import { technicalIndicatorsLoop, tradingSignalsLoop } from './compare.js';
import { millions } from './figures.js';
import { exportFigures } from './export.js';
import { graphFigures } from './graph.js';
import { importFigures } from './import.js';
import { strategyFigures } from './strategies.js';
import { wholeFigures } from './whole.js';

// npm run bench: how fast the bot is, as ratios of things measured in one run. Not a test: times
// vary with the machine.
const json = process.argv.includes('--json');
const tell = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);

const percent = (share: number): string => `${Math.round(100 * share)} %`;

const peers = (ours: number) => {
  const from = Date.UTC(2025, 0, 1);
  const tapes = [
    ...syntheticTapes(['BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD', 'ADA/USD'], 1, from, from + 70 * DAY_MS, 1440),
  ];
  const figures = Object.fromEntries(
    [['tradingSignals', tradingSignalsLoop] as const, ['technicalIndicators', technicalIndicatorsLoop] as const].map(
      ([name, loop]) => {
        loop(tapes.slice(0, 5));
        const { candlesPerSecond } = loop(tapes);
        tell(
          `compare: ${millions(candlesPerSecond)} candles/s through ${name}; ours is ${(ours / candlesPerSecond).toFixed(1)} times as fast`,
        );
        return [name, { candlesPerSecond, ratio: ours / candlesPerSecond }];
      },
    ),
  );
  return figures;
};

const withDatabase = async <T>(
  use: (client: Client, connection: Connection, dataDir: string) => Promise<T>,
): Promise<T> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'crypto-bot-bench-'));
  const database = await openDatabase({ connectionString: 'embedded', dataDir });
  try {
    await migrate(database.connection);
    const client = new Client({ ...database.connection, ssl: false });
    await client.connect();
    try {
      return await use(client, database.connection, dataDir);
    } finally {
      await client.end();
    }
  } finally {
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

tell(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}\n`);
const graph = graphFigures(tell);
tell(`graph: ${graph.ratioToBareLoop.toFixed(2)} × the time of the same kernels in a bare loop`);
const strategies = await strategyFigures(tell);
const compare = peers(graph.candlesPerSecond);
const stored = await withDatabase(async (client, connection, dataDir) => {
  const backtest = await wholeFigures(client, dataDir);
  tell(
    `backtest: ${backtest.ratioToCopy.toFixed(2)} × the time of a bare COPY TO of its rows (${backtest.seconds.toFixed(1)} s against ${backtest.copySeconds.toFixed(1)} s, ` +
      `5 markets × 1 year, whole command); peak memory ${backtest.peakMegabytes.month} MB over a month, ${backtest.peakMegabytes.year} MB over the year`,
  );
  const imported = await importFigures(client);
  tell(
    `import: ${imported.ratioToCopy.toFixed(2)} × the time of a bare COPY FROM of its rows (${Math.round(imported.importRowsPerSecond / 1000)} k rows/s against ${Math.round(imported.copyFromRowsPerSecond / 1000)} k)`,
  );
  tell(
    `tapes: ${imported.tapesRatioToCopy.toFixed(2)} × the time of a bare COPY TO of their rows (${Math.round(imported.tapesRowsPerSecond / 1000)} k rows/s against ${Math.round(imported.copyToRowsPerSecond / 1000)} k)`,
  );
  const exported = await exportFigures(client, connection);
  for (const { columns, rowsPerSecond, ratioToWriter, shares } of [exported.whole, exported.sixty])
    tell(
      `export: ${Math.round(rowsPerSecond / 1000)} k rows/s of ${columns} columns from PostgreSQL to Parquet, ${ratioToWriter.toFixed(2)} of the writer's own rate ` +
        `(reading ${percent(shares.reading)}, deciding ${percent(shares.deciding)}, labelling ${percent(shares.labelling)}, waiting for the writer ${percent(shares.writing)})`,
    );
  tell(`labels: ${Math.round(exported.labelRowsPerSecond / 1000)} k rows/s in memory`);
  return { backtest, import: imported, export: exported };
});
if (json) process.stdout.write(`${JSON.stringify({ graph, strategies, compare, ...stored }, null, 2)}\n`);
