import t from 'tap';
import { type ValueOrigin, valueOriginOf } from '../../../../src/engine/secret/key-names/value-origin.ts';

const KEYS: Readonly<Record<ValueOrigin, string>> = {
  random:
    'JWT_SECRET INTERNAL_API_KEY BILLING_SERVICE_TOKEN session_secret DB_PASSWORD redis-password APP_KEY SECRET_KEY_BASE ENCRYPTION_KEY hmac_key NEXTAUTH_SECRET ' +
    'OAUTH2_PROXY_COOKIE_SECRET GITHUB_WEBHOOK_SECRET GITLAB_ROOT_PASSWORD AZURE_SQL_PASSWORD ACCESS_TOKEN_SECRET ' +
    'jwtRefreshTokenSecret POSTGRES_PASSWORD_AZURE HARBOR_ADMIN_PASSWORD LDAP_ADMIN_PASSWORD KEYSTORE_PASSWORD grafana-admin-password CSRF_SECRET SENTRY_ENCRYPTION_KEY ' +
    'SENTRY_SECRET_KEY GITLAB_SECRETS_DB_KEY_BASE PG_META_CRYPTO_KEY NEXT_PRIVATE_ENCRYPTION_KEY MNEMONIC_PASSPHRASE MNEMONIC_ENCRYPTION_KEY',
  'own-format': 'FERNET_KEY AES256_GCM_KEY VAPID_KEY LOGIN_PIN',
  vendor:
    'STRIPE_SECRET_KEY AWS_SECRET_ACCESS_KEY clientSecret client-secret OIDC_CLIENT_SECRET githubToken GH_PAT openaiApiKey ' +
    'openaiapikey SLACK_SIGNING_SECRET AZURE_STORAGE_ACCOUNT_KEY sas_token WEATHER_API_KEY TELEGRAM_BOT_TOKEN sendgrid.api.key ' +
    'FACEBOOK_APP_SECRET ACCESS_TOKEN license_key GCP_SERVICE_ACCOUNT_KEY SENTRY_DSN TWILIO_AUTH_TOKEN consumer_secret STRIPE_KEY_V2 AWS_SESSION_TOKEN secret-access-key COSMOS_KEY unseal-key-1 runner-registration-token STRIPE_KEY_LIVE CRYPTO_API_KEY',
  account: 'SMTP_PASSWORD mail-password LDAP_BIND_PASSWORD SENDGRID_PASSWORD registryPassword',
  certificate: 'tls.crt ca.crt SERVER_CERT client-certificate truststore.jks SAML_PEM',
  'private-key':
    'tls.key server.key ca_key age.agekey SSH_PRIVATE_KEY id_rsa APP_PRIVATE_KEY jwtPrivateKey JWT_PRIVATE_KEY WALLET_PRIVATE_KEY TLS_PRIVATE_KEY RSA_DECRYPTION_KEY SOPS_AGE_DECRYPTION_KEY MNEMONIC',
  unknown: 'API_KEY ADMIN_API_KEY token ADMIN_TOKEN credentials',
};

t.test('knows by the name of a key where its value comes from', async (t) => {
  for (const [origin, keys] of Object.entries(KEYS))
    for (const key of keys.split(' ')) t.equal(valueOriginOf(key), origin, key);
});

t.test('the Secret can name the vendor, or a store of the team', async (t) => {
  for (const [key, secret, origin] of [
    ['api-key', 'stripe', 'vendor'],
    ['token', 'cloudflare-dns', 'vendor'],
    ['secret', 'slack-signing', 'vendor'],
    ['token', 'gitlab', 'unknown'],
    ['password', 'stripe', 'random'],
    ['JWT_SECRET', 'stripe', 'random'],
    ['api-key', 'shop', 'unknown'],
    ['SHOP_API_KEY', 'shop-secrets', 'unknown'],
    ['PARTNER_API_KEY', 'shop-secrets', 'vendor'],
    ['STRIPE_API_KEY', 'stripe', 'vendor'],
    ['AWS_SECRET_ACCESS_KEY', 'minio-credentials', 'random'],
    ['AWS_SECRET_ACCESS_KEY', 'backup', 'vendor'],
  ] as const)
    t.equal(valueOriginOf(key, secret), origin, `${key} of ${secret}`);
});

t.test('reads a key of any length and content in linear time', async (t) => {
  for (const key of [
    '',
    '_',
    'a'.repeat(1_000_000),
    'token'.repeat(200_000),
    'aK'.repeat(500_000),
    '\u0000é',
  ])
    t.type(valueOriginOf(key), 'string');
});
