import t from 'tap';
import { readyEventOf } from '../../../src/commands/controller/credential-status-writer.ts';
import type { CredentialCondition } from '../../../src/engine/login/status/status.ts';

const READY: CredentialCondition = { type: 'Ready', status: 'True', reason: 'Available', message: 'is kept' };
const MISSING: CredentialCondition = {
  type: 'Ready',
  status: 'False',
  reason: 'SecretNotFound',
  message: 'there is no such Secret',
};

t.test('reports each change of the condition Ready, and no other', async (t) => {
  t.match(readyEventOf(undefined, 1, [READY]), { reason: 'CredentialReady', note: 'Available: is kept' });
  const missing = readyEventOf({ conditions: [READY] }, 1, [MISSING]);
  t.match(missing, { reason: 'CredentialNotReady', note: 'SecretNotFound: there is no such Secret' });
  t.equal(readyEventOf({ conditions: [MISSING] }, 2, [{ ...MISSING, message: 'other words' }]), undefined);
  t.equal(readyEventOf({ conditions: [READY] }, 1, []), undefined);
  for (const before of [null, 'x', { conditions: 'x' }, { conditions: [null, 7] }])
    t.match(readyEventOf(before, 1, [READY]), { reason: 'CredentialReady' });
});
