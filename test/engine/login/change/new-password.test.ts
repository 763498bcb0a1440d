import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import t from 'tap';
import { newPassword } from '../../../../src/engine/login/change/new-password.ts';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import { aPolicy, aSecret, GOOD, testContext } from '../../../helpers/engine/engine.ts';

const passwordBy = (entry: object): string => {
  const policies = [aPolicy('p', { keys: { P: entry } })];
  const permissions = permissionsFor(aSecret({ P: GOOD.password }), undefined, policies, testContext);
  const random = (size: number): Uint8Array => randomBytes(size);
  return Buffer.from(newPassword(permissions, 'P', { random }).reveal(), 'base64').toString('utf8');
};

t.test('a new password has the length and the prefix that its policy asks for', async (t) => {
  for (const [entry, form] of [
    [{}, /^[A-Za-z0-9]{32}$/],
    [{ minLength: 40 }, /^[A-Za-z0-9]{40}$/],
    [{ maxLength: 20 }, /^[A-Za-z0-9]{20}$/],
    [{ prefix: 'app_', minLength: 40 }, /^app_[A-Za-z0-9]{36}$/],
    [{ prefix: 'app_', maxLength: 20 }, /^app_[A-Za-z0-9]{16}$/],
    [{ prefix: 'app_', generate: { length: 24 } }, /^app_[A-Za-z0-9]{24}$/],
    [{ prefix: 'app_', maxLength: 4 }, /^app_[A-Za-z0-9]{8}$/],
  ] as const)
    t.match(passwordBy(entry), form, JSON.stringify(entry));
});
