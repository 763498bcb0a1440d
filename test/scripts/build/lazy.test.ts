import crypto from 'node:crypto';
import t from 'tap';
import { declaration } from '../../../scripts/build/lazy.ts';

t.test('a release calls the functions of node:crypto, and creates only its classes', async (t) => {
  const isCreated = (member: keyof typeof crypto): boolean =>
    declaration('crypto', member, crypto[member]).includes('new ');
  for (const member of ['timingSafeEqual', 'randomBytes', 'createHash', 'createHmac', 'hash'] as const)
    t.notOk(isCreated(member), member);
  t.ok(isCreated('X509Certificate'));
});
