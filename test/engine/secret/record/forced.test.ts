import t from 'tap';
import { isForced, isForcedReason, withExceptedKeys } from '../../../../src/engine/secret/record/forced.ts';
import { aVersion } from '../../../helpers/engine/record.ts';

t.test('a version is forced until there is a newer one', async (t) => {
  const why = { kind: 'rolled-back', to: 1, forced: true } as const;
  const versions = [aVersion(1, { A: '1' }), aVersion(2, { A: '0' }, { why })];
  t.equal(isForced({ versions }), true);
  t.equal(isForced({ versions: [...versions, aVersion(3, { A: '2' })] }), false);
  t.equal(isForcedReason({ kind: 'rolled-back', to: 1 }), false, 'one that nobody forced');
  t.equal(isForcedReason(withExceptedKeys(why, ['A'])), false, 'one in which something else was stored');
});
