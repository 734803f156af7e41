import { expect } from 'chai';
import { readdirSync } from 'node:fs';
import { keepRoleLease, type RoleLease, type LeasePorts } from '../../../bin/run/process.js';
import type { Database } from '../../../lib/world/database/index.js';
import { openEmbedded } from '../../../lib/world/database/embedded.js';
import { takeRole, type RoleHandle } from '../../../lib/world/store/live/roles.js';
import { postmasterOf, serverIn, tidy, usedDataDir } from '../../world/database/bots.js';
import { until, urlOf } from '../child.js';

describe('the role of a process', function () {
  this.timeout(40_000);
  let dataDir: string;
  let database: Database;
  let said: string[];
  let beats: number;
  const stop = new AbortController();
  const sign = (signal: NodeJS.Signals) => {
    for (const pid of serverIn(dataDir))
      try {
        process.kill(pid, signal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has just ended, as a session does
      }
  };

  before(async () => {
    dataDir = await usedDataDir();
    database = await openEmbedded({ dataDir });
  });
  after(async () => {
    stop.abort();
    sign('SIGCONT');
    await database.close();
    await tidy();
  });
  beforeEach(() => {
    said = [];
    beats = 0;
  });

  type Role = LeasePorts['role'];
  /** A session that hears within seconds that the database is silent. */
  const take = (role: Role) => takeRole(database.connection, role, { heartbeatMs: 200 });
  const worldOn = (connectionString: string, role: Role = 'scanner'): LeasePorts => {
    const say = (first: unknown, text?: string) => void said.push(text ?? String(first));
    return {
      role,
      live: { takeRole: take },
      log: { info: say, warn: say },
      link: { signal: stop.signal, beat: () => (beats += 1) },
      database,
      configuration: { settings: { database: { connectionString, dataDir } } },
    };
  };
  const isTakenAgain = (hold: RoleLease, before: RoleHandle) =>
    until('the role is taken again', () => Promise.resolve(hold.role !== before));

  it('is taken again once a frozen database goes on; where that lasts for too long, the process ends', async () => {
    const first = await take('scanner');
    const patient: RoleLease = { role: first };
    const external = urlOf(database.connection);
    let ended = '';
    void keepRoleLease(worldOn(external), patient).then(reason => (ended = reason));
    const impatient = keepRoleLease(worldOn(external, 'positions'), { role: await take('positions') }, 1_000);
    sign('SIGSTOP');
    expect(await impatient).to.equal('the database was away for too long');
    sign('SIGCONT');
    await isTakenAgain(patient, first);
    expect(ended).to.equal('');
    expect(beats).to.be.above(0); // its supervisor knows that it is alive
    expect(said[0]).to.equal('the database went away; waiting for it');
    expect(said[2]).to.match(/^The database at .* cannot be reached: no answer within 3 s\./);
    expect(said.at(-1)).to.equal('the database is back');
    await patient.role.release();
  });

  it('is taken again on an embedded database that died, which it starts, and leaves no lease behind', async () => {
    const hold: RoleLease = { role: await take('scanner') };
    void keepRoleLease(worldOn('embedded'), hold);
    for (let times = 0; times < 2; times++) {
      const { role } = hold;
      const server = postmasterOf(dataDir);
      sign('SIGKILL');
      await isTakenAgain(hold, role);
      expect(postmasterOf(dataDir)).not.to.equal(server);
    }
    await hold.role.release();
    expect(readdirSync(`${dataDir}/users`)).to.have.length(1); // the one that it had before
  });
});
