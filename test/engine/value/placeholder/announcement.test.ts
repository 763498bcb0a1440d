import t from 'tap';
import { classifyPlaceholder } from '../../../../src/engine/value/placeholder/classify.ts';

const ruleFor = (value: string, key = 'SETTING'): string | undefined =>
  classifyPlaceholder(value, { role: 'configuration', key })?.rule;

const ANNOUNCED = `
your-user YOUR_TENANT_ID your_bucket_name_here yourdomain.com ops@yourcompany.com your-db.rds.example.net
https://your-domain.com/callback https://your-auth.example.net/realms/main https://rpc.example.net/v2/YOUR_API_KEY
https://hooks.example.net/services/YOUR/OWN/HOOK git@git.example.net:your-org/infra.git amqp://REPLACE_WITH_USER:@mq:5672/
https://api.example.net/v1?project=YOUR_PROJECT jdbc:postgresql://<your-endpoint>:5432/orders https://pub-<id>.r2.example.net
change-me CHANGE_ME CHANGE_ME_TENANT changeme_chat_id change-me-dev-bucket app-change-me-root replace_me REPLACE_WITH_EMAIL
replace-with-account-name to-be-replaced CHANGE_IN_PRODUCTION insert-the-address-here aws-region-value-here
placeholder placeholder-account account-placeholder TODO TBD TBC
<user> <resourceGroup> <your-db-user> <jwt-expiration-in-ms> <redis-host-from-env>
\${DB_HOST} \${HOST:-db} $DB_HOST $(DB_HOST) __DB_HOST__ @DB_HOST@ #{DB_HOST}# worker:#{WORKER_NAME}# {{db.host}} https://\${DOMAIN_NAME}/login
xxx xxx.xxx.xxx.xxx xx:xx:xx:xx:xx:xx XXXXXXXX *** ... xxxx-xxxx mongodb+srv://... AKIAXXXXXXXXXXXXXXXX AKIAIOSFODNN7EXAMPLE https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX
cambiame CAMBIAR_EN_PRODUCCION su-clave-aqui https://seu-dominio.example.net sua-conta-aqui votre-domaine.example.net deine-datenbank bitte-hier-eintragen 你的密码
AKIA... ASIA… enter-username insert-api-token value-to-replace https://[host]/callback https://[your-host]:8443
op://ops/mail/user ref+vault://kv/app#/user
`;

const SENTENCES = [
  'replace me with the name of the account',
  '<your speech region>',
  'Authorization=Token [YOUR_TOKEN]',
  '$(openssl rand -hex 8)',
  'please insert the tenant here',
];

const CORRECT = `
postgres orders admin root my-app test demo example.com db.example.com noreply@example.com <noreply@example.com> todo todos dummy sample example
true false on off info debug production staging default none null undefined 5432 0.0.0.0 12h eu-central-1 UTC Europe/Berlin
/run/secrets/db /vault/secrets/app /etc/tls/tls.crt arn:aws:iam::123456789012:role/reader arn:aws:secretsmanager:eu-west-1:123456789012:secret:app-x1
https://vault.example.net:8200 https://app.vault.azure.net/secrets/db vault.default.svc:8200 secret/data/app vault:8200
https://shop.example.net/your-account /your-orders /change-password /account/edit /users/add-member password-reset change-api
redis://redis:6379/0 postgresql://db:5432/orders?sslmode=require amqp://mq:5672/%2F kafka-0:9092,kafka-1:9092 s3://backups/orders
tu-berlin.de su-exec vase-shop anda alterar-senha pedido.modificar isi-service https://via.placeholder.com/150 https://jsonplaceholder.typicode.com
placeholder.png editor.example.net insert-service fill-rate add-on put-object here-maps yourkit yourls yourself
minioadmin guest sa changefeed replacer enterprise overfill inputs presenter --- === a...b __token__ __main__ [info] [a,b] {a} (none) ^api$ %d
https://[::1]:8443/x https://[fe80::1]/ ready-to-serve enter-lounge
2026-01-31 12345678-1234-1234-1234-123456789012 R0lGODlhAQABAIAAAAUEBA== 4f9c1e77a0b2 Xk29vTq7Lm
`;

const TEXTS = [
  '* * * * *',
  '*/5 * * * *',
  'Reset your password',
  'Hello {{name}}, welcome',
  '%(asctime)s %(message)s',
  'Loading...',
  'kubectl get pods',
  'python manage.py runserver',
  '{"replicas": 2, "name": "your-app"}',
  'We change it twice a year',
];

const list = (text: string): string[] => text.trim().split(/\s+/);

t.test('a value that asks to be replaced is recognised under any key', async (t) => {
  for (const value of [...list(ANNOUNCED), ...SENTENCES]) t.ok(ruleFor(value), value);
});

t.test('names, paths, addresses, switches and texts are correct values', async (t) => {
  for (const value of [...list(CORRECT), ...TEXTS]) t.equal(ruleFor(value), undefined, value);
});

t.test('a key of a text or of a file may hold templates, and no placeholder', async (t) => {
  for (const key of [
    'LOG_FORMAT',
    'mail-subject',
    'index.html',
    '.npmrc',
    'LDAP_FILTER',
    'GREETING_TEMPLATE',
  ]) {
    t.equal(ruleFor('<p>${user}</p>', key), undefined, key);
    t.equal(ruleFor('Please enter your name', key), undefined, key);
    t.equal(ruleFor('CHANGE_ME', key), 'placeholder', key);
  }
});

t.test('the message says whether the value or a part of it is the placeholder', async (t) => {
  const messageOf = (value: string) =>
    classifyPlaceholder(value, { role: 'configuration', key: 'A' })?.message;
  t.equal(messageOf('your-host'), 'is a placeholder');
  t.equal(messageOf('https://your-host/login'), 'contains a placeholder');
});

t.test('a secret with the prefix of a vendor asks to be replaced, or is a sequence', async (t) => {
  const rule = (value: string) => classifyPlaceholder(value, { role: 'secret', key: 'TOKEN' })?.rule;
  for (const value of [
    'YOUR_PAT',
    'vxk_yourtokenhere',
    'vxk-yourapikey',
    'vxkqzb-your-client-secret',
    'rk_live_your_restricted_key',
    'vxk_your_pat_here',
    'sk-1234567890abcdef',
    'vxk_proj_abcdefghijklmnop',
  ])
    t.equal(rule(value), 'placeholder', value);
  for (const value of [
    'brisk-your-otter-lemon',
    'ab-9yourz0Kq',
    'devour-ruby-otter-lake',
    'dev-Kq8z1234567v',
  ])
    t.equal(rule(value), undefined, value);
});

t.test('words of the names around a value are no secret', async (t) => {
  const own = {
    role: 'secret',
    key: 'DB_PASSWORD',
    contextWords: () => ['zurimanta', 'quelbo', 'vex'],
  } as const;
  for (const value of [
    'zurimantapass123',
    'Zurimanta@2025!',
    'ZurimantaKafka',
    'quelbo-zurimanta-jwt-key-2026',
    'quelbograph123',
    'Qu3lb0',
    'quelbovex99',
  ])
    t.equal(classifyPlaceholder(value, own)?.rule, 'placeholder', value);
  for (const value of [
    'zurimanta-Xk29vTq7Lm',
    'zurimanta8372915',
    'quelbo.otter.lantern.fjord',
    'vexKq81mzTTw',
  ])
    t.equal(classifyPlaceholder(value, own), undefined, value);
});
