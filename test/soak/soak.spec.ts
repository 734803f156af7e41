import { expect } from 'chai';
import { soak, VICTIMS } from './soak.js';

describe('a bot whose processes are killed at any moment', function () {
  this.timeout(180_000);

  it('is well again by itself and keeps every rule, whoever it was (npm run soak does so 200 times)', async () => {
    const kills = await soak({ kills: VICTIMS.length, seed: 1, speed: 60, victims: VICTIMS, onKill: () => undefined });
    expect(kills.flatMap(({ victim, broken }) => broken.map(line => `${victim}: ${line}`))).to.deep.equal([]);
    expect(kills.map(({ victim }) => victim)).to.deep.equal([...VICTIMS]);
    expect(kills.at(-1)!.totals['decisions']).to.be.above(kills[0]!.totals['decisions']!);
  });
});
