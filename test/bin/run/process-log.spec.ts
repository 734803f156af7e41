import { expect } from 'chai';
import { describeEdit } from '../../../bin/run/process-log.js';
import { repeatKeyOf } from '../../../lib/ops/repeat-key.js';
import { readSettings } from '../../../lib/settings/read.js';
import { LIVELY } from '../live-run.js';
import type { Fields } from '../../../lib/ops/log.js';

describe('a configuration in force that can only lose', () => {
  it('is warned of by the positions, at the start as after an edit, and by them alone', () => {
    const configuration = readSettings(LIVELY, 'config.yaml', {});
    const said = (role: string) => {
      const texts: string[] = [];
      const warn = (_: Fields, text: string) => void texts.push(text);
      describeEdit({ warn, info: () => expect.fail() } as never, role, {
        kind: 'accepted',
        configuration,
        changes: [],
        versionId: 3,
      });
      return texts;
    };
    expect(said('scanner')).to.deep.equal([]);
    expect(said('positions')).to.have.length(4);
    expect(said('positions')[0]).to.equal(
      'this configuration is valid, but risk_management.take_profit_levels[0].percentage: found 0.2, expected more than 0.8486: ' +
        'costs take that much of the entry price, so a sale there loses money',
    );
  });
});

describe('an edit that is refused', () => {
  it('is reported in each process, even where it differs from the one before in a number alone', () => {
    const keys: string[] = [];
    const warn = (fields: Fields, text: string) => void keys.push(repeatKeyOf(40, fields, text));
    const refused = (role: string, versionId: number, problems: readonly string[]) =>
      describeEdit({ warn, info: () => expect.fail() } as never, role, {
        kind: 'refused',
        content: '',
        changes: null,
        versionId,
        problems,
      });
    refused('scanner', 7, [
      'config.yaml:3 x: found 850, expected 50 to 100',
      'config.yaml:4 x: found 850, expected 50 to 100',
    ]);
    refused('scanner', 8, ['config.yaml:3 x: found 8500, expected 50 to 100']);
    refused('positions', 8, ['config.yaml:3 x: found 8500, expected 50 to 100']);
    expect(new Set(keys)).to.have.length(4);
  });
});
