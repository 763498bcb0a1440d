import t from 'tap';
import { isUserOfPassword } from '../../../../src/engine/secret/key-names/password-lists.ts';

t.test('the name of a Secret says that its keys are users with passwords', async (t) => {
  for (const [name, key, text] of [
    ['mysql-passwords', 'monitor', 'monitor'],
    ['mysql-passwords', 'clustercheck', 'clustercheckpassword'],
    ['user-tokens', 'ci-bot', 'token123'],
    ['mysql-root-secret', 'root', 'rootpassword123!'],
    ['cluster1-secrets', 'operator', 'operatoradmin'],
  ] as const)
    t.ok(isUserOfPassword(name, key, text), `${name} ${key}`);
});

t.test('settings next to passwords are no users', async (t) => {
  for (const [name, key, text] of [
    ['mysql-passwords', 'username', 'app'],
    ['mysql-passwords', 'host', 'mysql'],
    ['mysql-passwords', 'ca.crt', 'dummy'],
    ['mysql-passwords', 'DB_USER', 'app'],
    ['mysql-passwords', 'metrics', 'https://metrics.example.net'],
    ['shop-secrets', 'alice', 'alice123'],
    ['shop-secrets', 'monitor', 'enabled'],
    ['app-passwords', 'policy', 'strict'],
    ['shop-config', 'root', 'rootpassword'],
  ] as const)
    t.notOk(isUserOfPassword(name, key, text), `${name} ${key}`);
});
