import { expect } from 'chai';
import { describeEdit } from '../../../bin/run/edits.js';
import { repeatKeyOf } from '../../../lib/log/repeat-key.js';
import type { Fields } from '../../../lib/log/log.js';

describe('an edit that is refused', () => {
  it('is told of in each process, even where it differs from the one before in a number alone', () => {
    const keys: string[] = [];
    const warn = (fields: Fields, text: string) => void keys.push(repeatKeyOf(40, fields, text));
    const refused = (role: string, versionId: number, problems: readonly string[]) =>
      describeEdit({ warn, info: () => expect.fail() } as never, role, {
        ...{ kind: 'refused', content: '', changes: null, versionId, problems },
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
