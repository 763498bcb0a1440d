import t from 'tap';
import { adminCredentialIn } from '../../../../src/engine/login/in-secret/admin-in-secret.ts';
import { aSecret, GOOD } from '../../../helpers/engine/engine.ts';

const { password, other } = GOOD;

t.test(
  'reads the administrator of lockstep, Kubernetes, CloudNativePG, Crunchy and Bitnami Secrets',
  async (t) => {
    const cases: readonly (readonly [Parameters<typeof aSecret>[0], string])[] = [
      [{ POSTGRES_USER: 'root', POSTGRES_PASSWORD: password, username: 'x', password: other }, 'root'],
      [{ username: 'root', password }, 'root'],
      [{ user: 'root', username: '', password, 'pgbouncer-uri': 'x' }, 'root'],
      [{ PGUSER: 'root', PGPASSWORD: password }, 'root'],
      [{ DB_USER: 'root', DB_PASSWORD: password }, 'root'],
      [{ POSTGRES_PASSWORD: password, POSTGRES_DB: 'x' }, 'postgres'],
      [{ 'postgres-password': password, password: other }, 'postgres'],
    ];
    for (const [data, role] of cases) {
      const found = adminCredentialIn(aSecret(data));
      if ('fault' in found) throw new Error(found.fault);
      t.equal(found.role, role);
      t.ok(found.password.withPlaintext(({ text }) => text === password));
    }
  },
);

t.test('explains a Secret without a login in a sentence', async (t) => {
  for (const data of [{}, { password }, { username: 'root' }, { username: 'root', password: '' }])
    t.match(adminCredentialIn(aSecret(data)), { fault: /^it holds neither POSTGRES_USER and/ });
  t.match(adminCredentialIn(aSecret({ username: 'root', password: 'a\n' })), {
    fault: /^password holds a line break/,
  });
  t.match(adminCredentialIn(aSecret({ username: 'r'.repeat(64), password })), {
    fault: /^username holds more than/,
  });
});
