import { expect } from 'chai';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killServer } from '../world/database/bots.js';
import { openStorm } from './storm.js';

describe('bin/bot run that is killed and started again without end', function () {
  this.timeout(90_000);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bot-storm-')));
  const storm = openStorm(folder);
  after(async () => {
    await killServer(storm.dataDir);
    rmSync(folder, { recursive: true, force: true });
  });

  it('leaves no process, server, socket, lease or temporary file behind', async () => {
    await storm.rage(6, 1_000);
    const run = storm.start('--for', '2s');
    const { code, stderr } = await run.ended;
    expect({ code, stderr }, run.lines().at(-1)?.msg).to.deep.equal({ code: 0, stderr: '' });
    expect(storm.remains()).to.deep.equal({
      processes: [],
      servers: [],
      files: ['password', 'pg', 'postgres.log', 'socket', 'users'],
      temporary: [],
    });
  });
});
