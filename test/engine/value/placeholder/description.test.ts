import t from 'tap';
import { classifyPlaceholder } from '../../../../src/engine/value/placeholder/classify.ts';

const ruleFor = (key: string, value: string): string | undefined =>
  classifyPlaceholder(value, { role: 'configuration', key })?.rule;

t.test('a value that describes what belongs there is a placeholder under any key', async (t) => {
  const described = [
    ['root', 'root_password'],
    ['client-b', 'another-password'],
    ['viewer', 'MyPassword1'],
    ['ACCESS_KEY', 'my-access-key'],
    ['ACCESS_KEY_ID', 'key_id'],
    ['accesskey', 'ACCESS_KEY'],
    ['OSS_ACCESS_KEY', 'stage-oss-access-key'],
    ['TENANT_ID', 'tenant-id'],
    ['ACCOUNT_SID', '_vendor_account_sid_'],
    ['DB_HOST', 'dummy text'],
    ['CLIENT', 'fake-client-id'],
    ['KEYCLOAK_USER', 'admin-name'],
    ['database-url', 'url'],
    ['NEO4J_AUTH', 'neo4j/password123'],
    ['basic-auth', 'admin:changeme'],
    ['DB_DSN', 'app:app@tcp(mysql:3306)/orders?parseTime=true'],
    ['SMS_ACCOUNT_SID', 'vendor_account_sid'],
    ['OAUTH_CLIENT', 'replace-before-apply'],
    ['HOOK', 'https://hooks.example.net/services/your/own/hook'],
    ['MINIO_ACCESS', 'mykey'],
    ['AZURE_TENANT_ID', '{tenant_id}'],
    ['SUBSCRIPTION', '[subscription]'],
    ['hash', 'supersecretkey12345'],
    ['DB_URI', 'super-top-secret'],
  ] as const;
  for (const [key, value] of described) t.equal(ruleFor(key, value), 'placeholder', `${key}: ${value}`);
});

t.test('a name of a method, of a Secret or of a field is correct', async (t) => {
  const correct = [
    ['AUTH_METHOD', 'password'],
    ['GRANT_TYPE', 'password'],
    ['existingSecretPasswordKey', 'postgres-password'],
    ['SECRET_NAME', 'db-password'],
    ['API_KEY_HEADER', 'x-api-key'],
    ['USER_ID_CLAIM', 'user_id'],
    ['SSH_KEY_FILE', 'deploy-key'],
    ['username', 'username'],
    ['POSTGRES_DB', 'app_db'],
    ['PROVIDER', 'dummy'],
    ['LOG_PREFIX', '[info]'],
    ['CACHE_DRIVER', 'fake'],
    ['NETWORK_HOST', '_local_'],
    ['url', 'https://shop.example.net'],
    ['DB_DSN', 'mysql://app@tcp(mysql:3306)/orders'],
    ['DB_DSN', 'mysql://app:@tcp(mysql:3306)/orders'],
    ['AUTH', 'oidc'],
    ['SMTP_AUTH', 'true'],
    ['auth', 'viewer:$2y$10$abcdefghijklmnopqrstuuJ9b8c7d6e5f4g3h2i1j0k9l8m7n6o5p'],
  ] as const;
  for (const [key, value] of correct) t.equal(ruleFor(key, value), undefined, `${key}: ${value}`);
});
