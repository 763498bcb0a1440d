import t from 'tap';
import { isSensitiveKey, wordsOfKey } from '../../../../src/engine/secret/key-names/sensitive-keys.ts';
import { fc } from '../../../helpers/property.ts';

const SENSITIVE = `
POSTGRES_PASSWORD DB_PASSWORD DB_PASS PGPASSWORD db-password password mysql_root_password mysql-root-password database-password REDIS_PASSWORD KC_DB_PASSWORD
SPRING_DATASOURCE_PASSWORD spring.datasource.password dbPassword rootPassword userPwd ADMIN_PWD passwd passphrase SSH_PASSPHRASE
JWT_SECRET jwt-secret jwtSecret JWT_SECRET_KEY JWT_SECRET_ACCESS JWT_ACCESS_SECRET JWT_REFRESH_SECRET CSRF_SECRET CSRF_SECRET_PREVIOUS SESSION_SECRET client-secret
CLIENT_SECRET oidc.client.secret clientSecret NEXTAUTH_SECRET SECRET_KEY SECRET_KEY_BASE secret-key secret secretKey SECRET
AWS_SECRET_ACCESS_KEY API_KEY apiKey apikey api-key STRIPE_API_KEY OPENAI_API_KEY APP_KEY ENCRYPTION_KEY encryption-key SIGNING_KEY MASTER_KEY
PASSWORD_MASTER_KEY MEILI_MASTER_KEY PRIVATE_KEY private-key GITHUB_TOKEN token auth-token ACCESS_TOKEN bot.token authToken TOKEN_2 credentials credentials.json.b64
password.txt PASSWORD_SALT APP_KEYS_SALT salt jwt JWT PASSWORD_OLD password1 POSTGRES_PASSWORD_PROD adminpassword dbpass pgpass ssh-privatekey tls.key
URL_SIGNING_SECRET FILE_DB_PASSWORD AccessPolicyToken SAS sas-token queue_sas postmarkServerToken pushservertoken AES256_GCM_KEY AZURE_SPEECH_KEY SLACK_KEY
SQL_SA_PASSWORD CERT_PASSWORD SITE_ADMIN_PASSWORD JWT_SEGREDO SENHA_BANCO GH_PAT DB_SENHA MOT_DE_PASSE DB_PASSWORT KATA_SANDI DB_HASLO clave_secreta
pwd-key-one ERLANG_COOKIE RABBITMQ_ERLANG_COOKIE DB_PASSWORD_BILLING POSTGRES_PASSWORD_ORDERS age.agekey webhook-signature MPESA_PASSKEY airflow-fernet MIDTRANS_SERVER_KEY
`;

const PLAIN = `
JWT_EXPIRATION JWT_ALGORITHM JWT_EXPIRES_IN JWT_ACCESS_EXPIRES_IN JWT_ISSUER JWT_AUDIENCE TOKEN_TTL accessTokenLifetime KEYCLOAK_USERNAME DB_USERNAME POSTGRES_USER
POSTGRES_DB POSTGRES_HOST DATABASE_URL database-url MONGO_URL SECRET_NAME existingSecretName TLS_SECRET_NAME OAUTH_TOKEN_URL token-endpoint TOKEN_URI
AWS_ACCESS_KEY_ID KEY_ID kid access-key-id MINIO_ACCESS_KEY PASSWORD_MIN_LENGTH passwordMinLength PASSWORD_RESET_URL JWT_PUBLIC_KEY public-key ssh.pub
STRIPE_PUBLISHABLE_KEY RECAPTCHA_SITE_KEY create_password.sql password.sql init-passwords.sql ca.crt tls.crt token.crt SECRET_ROTATION_ENABLED REQUIRE_PASSWORD
PASSWORD_FILE POSTGRES_PASSWORD_FILE SECRET_PATH SALT_ROUNDS BCRYPT_SALT_ROUNDS CACHE_KEY primary-key key keyboard monkey tokenizer secretary passenger bypass
compass PASSPORT_ID saltlake username user url host port config.yaml NODE_ENV LOG_LEVEL TOKEN_HEADER passwordPolicy AWS_REGION
MAX_TOKENS OPENAI_MAX_TOKENS DISABLE_PASSWORD ENABLE_TOKEN SESSION_COOKIE SECURE_COOKIE ROUTING_KEY PARTITION_KEY SORT_KEY password_hash DB_PASSWORD_FILE
druid.storage.baseKey PASSWORD_RESET_WINDOW TOKEN_URL_BASE sasl tokens_path EMAIL_SIGNATURE signature S3_SIGNATURE SIGNATURE_ALGORITHM PASSKEY_RP_ID PASSKEY_ENABLED EXISTING_SECRET existingSecret
`;

const list = (text: string): string[] => text.trim().split(/\s+/);

t.test('detects a sensitive key by the words of its name, in any spelling', async (t) => {
  for (const key of list(SENSITIVE)) t.equal(isSensitiveKey(key), true, key);
});

t.test('a key that only mentions a secret is not sensitive', async (t) => {
  for (const key of list(PLAIN)) t.equal(isSensitiveKey(key), false, key);
});

t.test('answers for any key', async (t) => {
  fc.assert(fc.property(fc.string(), (key) => typeof isSensitiveKey(key) === 'boolean'));
  for (const key of ['', '.', '__proto__', 'constructor', 'toString'])
    t.equal(isSensitiveKey(key), false, key);
});

t.test('the words of a name are those between separators and changes of case', async (t) => {
  t.strictSame(wordsOfKey('APIKey2'), ['api', 'key']);
  t.strictSame(wordsOfKey('dbPassword1-Old'), ['db', 'password', 'old']);
  t.strictSame(wordsOfKey('AES256_GCM_KEY'), ['aes256', 'gcm', 'key']);
  // The Kelvin sign becomes a `k`.
  t.strictSame(wordsOfKey('to\u212aen'), ['token']);
  t.strictSame(wordsOfKey('größeDesPassworts'), ['gr', 'e', 'des', 'passworts']);
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', 'B', 'key', 'KEY', 'Pass', '1', '_', '.', 'é', ''), { maxLength: 8 }),
      (parts) => {
        const name = parts.join('');
        const words = name
          .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
          .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
          .toLowerCase()
          .split(/[^a-z0-9]+/)
          .map((word) => word.replace(/^(password|passwd|pass|secret|token|key)\d+$/, '$1'))
          .filter((word) => word !== '');
        t.strictSame(wordsOfKey(name), words, name);
      },
    ),
  );
});
