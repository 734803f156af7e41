import { expect } from 'chai';
import { editWhileRunning } from './edits.js';
import { soak, VICTIMS } from './soak.js';
import { sweepStarts } from './starts.js';

describe('a bot whose processes are killed at any moment', function () {
  this.timeout(180_000);

  it('recovers and keeps every rule, whichever process it was (npm run soak does so 200 times)', async () => {
    const options = { kills: VICTIMS.length, seed: 1, speed: 60, victims: VICTIMS, onKill: () => undefined };
    const { kills, broken: atEnd } = await soak(options);
    expect(kills.flatMap(({ victims, broken }) => broken.map(line => `${victims.join()}: ${line}`))).to.deep.equal([]);
    expect(atEnd).to.deep.equal([]);
    expect(kills.map(({ victims }) => victims)).to.deep.equal(VICTIMS.map(victim => [victim]));
    expect(kills.at(-1)!.totals['decisions']).to.be.above(kills[0]!.totals['decisions']!);
  });
});

describe('a bot whose configuration is edited while it runs', function () {
  this.timeout(120_000);

  it('refuses what is wrong with its line and follows what is not, in both processes (npm run soak -- --edits 200)', async () => {
    const { refused, accepted, maxTapesLate, wrong } = await editWhileRunning({ edits: 2, seed: 2, speed: 60 });
    expect(wrong).to.deep.equal([]);
    expect({ refused, accepted }).to.deep.equal({ refused: 2, accepted: 2 });
    expect(maxTapesLate).to.be.at.most(1);
  });
});

describe('a bot that starts and stops while PostgreSQL is killed', function () {
  this.timeout(240_000);

  it('comes up, stops in order and leaves nothing behind, whenever that was (npm run soak -- --starts)', async () => {
    const trials = await sweepStarts({ delaysMs: [0, 150] });
    expect(trials.flatMap(({ delayMs, wrong }) => wrong.map(line => `${delayMs} ms: ${line}`))).to.deep.equal([]);
    expect(trials.map(({ delayMs, upMs }) => [delayMs, upMs !== null])).to.deep.equal([
      [0, true],
      [150, true],
    ]);
  });
});
