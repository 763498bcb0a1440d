import t from 'tap';
import {
  base64,
  CERTIFICATE,
  dockerConfig,
  kubeconfig,
  PRIVATE_KEY,
  SOUND_FILES,
  serviceAccount,
} from '../../../helpers/engine/embedded-values.ts';
import {
  aCreate,
  anUpdate,
  GOOD,
  reportedFindings,
  sentences,
  validated,
} from '../../../helpers/engine/engine.ts';

const PLACEHOLDER = 'is a placeholder [lockstep/placeholder]: set the real value';
const EMPTY_PEM =
  'is a PEM block without a key or certificate in it [lockstep/placeholder]: set the real value';
const NO_CERTIFICATE = EMPTY_PEM.replace('set the real value', 'insert the certificate');
const NO_PRIVATE_KEY = EMPTY_PEM.replace('set the real value', 'insert the private key');
const UNRENDERED_FIX =
  '[lockstep/unrendered-template]: render it before the manifest is applied: Kubernetes replaces nothing inside a Secret';

const inside = (key: string, text: string | Uint8Array): readonly string[] =>
  sentences(validated(aCreate({ [key]: text }, { name: 'ledger' })));

/** The key, the value, and the sentences after the key. */
const FAULTS: readonly (readonly [key: string, text: string, ...found: string[]])[] = [
  // docker
  [
    '.dockerconfigjson',
    dockerConfig('ci-bot', 'your-token'),
    `auths["registry.acme.io"].password ${PLACEHOLDER}`,
    `auths["registry.acme.io"].auth ${PLACEHOLDER}`,
  ],
  [
    '.dockerconfigjson',
    dockerConfig('ci-bot', GOOD.password, base64('ci-bot:CHANGE_ME')),
    `auths["registry.acme.io"].auth ${PLACEHOLDER}`,
  ],
  [
    '.dockerconfigjson',
    dockerConfig('ci-bot', GOOD.password, '<base64-of-login>'),
    `auths["registry.acme.io"].auth ${PLACEHOLDER}`,
  ],
  [
    '.dockerconfigjson',
    dockerConfig('ci-bot', 'ci-bot', base64(`ci-bot:${GOOD.password}`)),
    'auths["registry.acme.io"].password equals the user or database name [lockstep/placeholder]: set the real value',
  ],
  [
    '.dockerconfigjson',
    '{"auths":{"registry.acme.io":{"auth":"${DOCKER_AUTH}"}}}',
    `auths["registry.acme.io"].auth is a template that nobody rendered ${UNRENDERED_FIX}`,
  ],
  [
    '.dockercfg',
    JSON.stringify({ 'ghcr.io': { auth: base64('bot:changeme') } }),
    `ghcr.io.auth ${PLACEHOLDER}`,
  ],
  [
    '.dockerconfigjson',
    dockerConfig('ci-bot', 'REPLACE_ME').slice(0, 75),
    `auths["registry.acme.io"].password ${PLACEHOLDER}`,
  ],
  // a service account
  [
    'key.json',
    serviceAccount({
      private_key: '-----BEGIN PRIVATE KEY-----\nYOUR KEY HERE\n-----END PRIVATE KEY-----\n',
    }),
    `private_key ${EMPTY_PEM}`,
  ],
  ['key.json', serviceAccount({ project_id: 'your-gcp-project-id' }), `project_id ${PLACEHOLDER}`],
  ['key.json', serviceAccount({ private_key: '<private-key>' }), `private_key ${PLACEHOLDER}`],
  // JSON
  ['settings.json', '{"db":{"user":"app","password":"changeme"}}', `db.password ${PLACEHOLDER}`],
  [
    'settings.json',
    '{"apis":[{"name":"a","apiKey":"x9KQ2mTz7LwP4vRn8sBd"},{"name":"b","apiKey":"your-api-key"}]}',
    `apis[1].apiKey ${PLACEHOLDER}`,
  ],
  ['DB_CREDENTIALS', '{\n  "username": "app",\n  "password": "<password>"\n}', `password ${PLACEHOLDER}`],
  // YAML
  [
    'config.yaml',
    'db:\n  host: db\n  password: CHANGE_ME # before you go live\n',
    `db.password ${PLACEHOLDER}`,
  ],
  [
    'config.yaml',
    'receivers:\n- name: a\n  slack_configs:\n  - api_url: https://hooks.slack.com/services/YOUR/SLACK/WEBHOOK\n',
    `receivers[0].slack_configs[0].api_url ${PLACEHOLDER}`,
  ],
  ['config.yaml', 'redis: {host: redis, password: "replace-me"}\nport: 1\n', `redis.password ${PLACEHOLDER}`],
  [
    'config.yaml',
    'app:\n  env: |\n    DB_USER=app\n    DB_PASSWORD=changeme\n',
    `app.env.DB_PASSWORD ${PLACEHOLDER}`,
  ],
  [
    'config.yaml',
    'tls:\n  key: |\n    -----BEGIN PRIVATE KEY-----\n    ...\n    -----END PRIVATE KEY-----\n',
    `tls.key ${EMPTY_PEM}`,
  ],
  ['config.yaml', 'password: changeme', `password ${PLACEHOLDER}`],
  ['kubeconfig', kubeconfig('<token>'), `users[0].user.token ${PLACEHOLDER}`],
  [
    'kubeconfig',
    kubeconfig(GOOD.key, 'LS0tLS1CRUdJTi...'),
    'clusters[0].cluster.certificate-authority-data is cut off [lockstep/placeholder]: set the real value',
  ],
  [
    'kubeconfig',
    kubeconfig('${TOKEN_OF_CI}'),
    `users[0].user.token is a template that nobody rendered ${UNRENDERED_FIX}`,
  ],
  ['config.yaml', 'db:\n  password:\n    CHANGE_ME\n  port: 1\n', `db.password ${PLACEHOLDER}`],
  [
    'config.yaml',
    'db:\n  password:\n\n    # before you go live\n    "CHANGE_ME"\n  port: 1\n',
    `db.password ${PLACEHOLDER}`,
  ],
  [
    'config.yaml',
    'users:\n- name: a\n  password: !!str\n    CHANGE_ME\n',
    `users[0].password ${PLACEHOLDER}`,
  ],
  ['config.yaml', 'db:\n  password: # of the team\n    CHANGE_ME\n  port: 1\n', `db.password ${PLACEHOLDER}`],
  [
    'config.yaml',
    'common: &pw marmot\ndb:\n  password: *pw\ncache: {password: *pw}\nport: 1\n',
    `db.password ${PLACEHOLDER}`,
    `cache.password ${PLACEHOLDER}`,
  ],
  [
    'config.yaml',
    'base: &base\n  password: &pw !!str |\n    CHANGE_ME\nprod:\n  <<: *base\n  token: *pw\n',
    `base.password ${PLACEHOLDER}`,
    `prod.token ${PLACEHOLDER}`,
  ],
  // dotenv, properties, INI
  [
    '.env',
    'export DB_USER="app"\nexport DB_PASSWORD="app12345"\nPORT=1\n',
    'DB_PASSWORD is built on the user or database name [lockstep/placeholder]: set the real value',
  ],
  ['app.env', 'API_KEY=your-api-key-here', `API_KEY ${PLACEHOLDER}`],
  [
    'application.properties',
    'spring.datasource.username=ledger\nspring.datasource.password=change-me\n',
    `spring.datasource.password ${PLACEHOLDER}`,
  ],
  [
    'application.properties',
    'spring.datasource.url=jdbc:postgresql://db/app?user=app&password=changeme\nserver.port=1\n',
    `spring.datasource.url ${PLACEHOLDER}`,
  ],
  [
    'kafka.properties',
    'a=b\nsasl.jaas.config=org.x.PlainLoginModule required username="u" password="CHANGE_ME";\n',
    `sasl.jaas.config.password ${PLACEHOLDER}`,
  ],
  [
    'cloud',
    '[default]\naws_access_key_id=YOUR_ACCESS_KEY_ID\naws_secret_access_key=YOUR_SECRET_ACCESS_KEY\n',
    `default.aws_access_key_id ${PLACEHOLDER}`,
    `default.aws_secret_access_key ${PLACEHOLDER}`,
  ],
  [
    'my.cnf',
    `[client]\nuser=backup\npassword=<password>\n[mysqld]\nport=3306\n`,
    `client.password ${PLACEHOLDER}`,
  ],
  ['db.env', 'HOST=db\nDATABASE_URL=postgresql://app:changeme@db:5432/app\n', `DATABASE_URL ${PLACEHOLDER}`],
  // connection strings with ;
  [
    'AZURE_STORAGE',
    'DefaultEndpointsProtocol=https;AccountName=ledger;AccountKey=<account-key>;EndpointSuffix=core.windows.net',
    `AccountKey ${PLACEHOLDER}`,
  ],
  [
    'SERVICE_BUS',
    'Endpoint=sb://ledger.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=replace-me',
    `SharedAccessKey ${PLACEHOLDER}`,
  ],
  [
    'EVENTS',
    'endpoint=https://ledger.communication.azure.com/;accesskey=secret123',
    `accesskey ${PLACEHOLDER}`,
  ],
  // URLs
  [
    'SLACK_URL',
    'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
    'path is filler [lockstep/placeholder]: set the real value',
  ],
  ['SLACK_URL', 'https://hooks.slack.com/services/change/me/please', `path ${PLACEHOLDER}`],
  [
    'CALLBACK',
    'https://api.acme.io/v1?region=eu&access_token=secret-token',
    `query.access_token ${PLACEHOLDER}`,
  ],
  // other notations
  ['.netrc', 'machine git.acme.io\n  login bot\n  password CHANGE_ME\n', `line 3 (password) ${PLACEHOLDER}`],
  ['redis.conf', 'bind 0.0.0.0\nrequirepass CHANGE_ME\n', `line 2 (requirepass) ${PLACEHOLDER}`],
  ['redis.conf', 'bind 0.0.0.0\nmasterauth password\n', `line 2 (masterauth) ${PLACEHOLDER}`],
  ['users.acl', 'user default off\nuser shop on >password ~shop:* +@all\n', `line 2 ${PLACEHOLDER}`],
  ['msmtprc', 'account default\nuser shop\npassword changeme\n', `line 3 (password) ${PLACEHOLDER}`],
  ['fluent.conf', '[OUTPUT]\n    Name es\n    HTTP_Passwd changeme\n', `line 3 (HTTP_Passwd) ${PLACEHOLDER}`],
  [
    'fluent.conf',
    '<match **>\n  host es\n  password changeme\n</match>\n',
    `line 3 (password) ${PLACEHOLDER}`,
  ],
  ['fluent.conf', '[OUTPUT]\n    Name datadog\n    apikey changeme\n', `line 3 (apikey) ${PLACEHOLDER}`],
  [
    'haproxy.cfg',
    'userlist ops\n  user ci password $5$abc\n  user root insecure-password changeme\n',
    `line 3 ${PLACEHOLDER}`,
  ],
  ['haproxy.cfg', 'listen stats\n  bind :80\n  stats auth admin:changeme\n', `line 3 ${PLACEHOLDER}`],
  [
    'advanced.config',
    '%% RabbitMQ\n[{rabbit, [{default_user, <<"shop">>},\n  {default_pass, <<"changeme">>}]}].\n',
    `line 3 (default_pass) ${PLACEHOLDER}`,
  ],
  [
    'users.xml',
    '<a><password_sha256_hex>secret</password_sha256_hex></a>',
    `line 1 (password_sha256_hex) ${PLACEHOLDER}`,
  ],
  ['server.xml', '<Connector port="8443" keystorePass="changeme"/>', `line 1 (keystorePass) ${PLACEHOLDER}`],
  ['.pgpass', 'pg-rw:5432:*:shop:password\n', `line 1 ${PLACEHOLDER}`],
  ['pgpass', `pg-rw:5432:*:shop:${GOOD.password}\n*:*:*:backup:changeme\n`, `line 2 ${PLACEHOLDER}`],
  [
    'config.php',
    "<?php\n$CONFIG = array (\n  'dbpassword' => 'changeme',\n);\n",
    `line 3 (dbpassword) ${PLACEHOLDER}`,
  ],
  ['config.php', "<?php\n$CFG->dbpass = 'changeme';\n", `line 2 (dbpass) ${PLACEHOLDER}`],
  // connection strings in files
  [
    'telegraf.conf',
    '[[inputs]]\naddress = "host=pg user=t password=changeme dbname=x"\n',
    `inputs.address ${PLACEHOLDER}`,
  ],
  [
    'telegraf.conf',
    '[[inputs]]\nservers = ["t:changeme@tcp(db:3306)/?tls=false"]\n',
    `inputs.servers[0] ${PLACEHOLDER}`,
  ],
  // lists
  [
    'secrets.yml',
    'production:\n  encryption_key:\n    - changeme\n',
    `production.encryption_key[0] ${PLACEHOLDER}`,
  ],
  [
    'nats.conf',
    'port: 4222\nusers = [\n  { user: shop, password: "changeme" }\n]\n',
    `users[0].password ${PLACEHOLDER}`,
  ],
  ['nats.conf', 'authorization { user: shop, password: changeme }\n', `line 1 (password) ${PLACEHOLDER}`],
  ['nats.conf', 'port: 4222\nauthorization {\n  token = "changeme"\n}\n', `line 3 (token) ${PLACEHOLDER}`],
  [
    'jaas.conf',
    "KafkaClient { org.apache.kafka.PlainLoginModule required username='shop' password='changeme'; };",
    `password ${PLACEHOLDER}`,
  ],
  ['appsettings.json', '{"Jwt": {"Key": "my-secret-key"}}', `Jwt.Key ${PLACEHOLDER}`],
  [
    'appsettings.json',
    '{"ConnectionStrings": {"Default": "Server=db;User Id=sa;Password=yourStrong(!)Password"}}',
    'ConnectionStrings.Default is a published default [lockstep/placeholder]: set the real value',
  ],
  ['userlist.txt', `"app" "${GOOD.password}"\n"pooler" "changeme"\n`, `line 2 ${PLACEHOLDER}`],
  [
    'settings.xml',
    '<server>\n  <username>ci</username>\n  <password>CHANGE_ME</password>\n</server>\n',
    `line 3 (password) ${PLACEHOLDER}`,
  ],
  [
    'pretty.xml',
    '<server>\n  <password>\n    CHANGE_ME\n  </password>\n  <port>1</port>\n</server>\n',
    `line 2 (password) ${PLACEHOLDER}`,
  ],
  [
    'hibernate.cfg.xml',
    '<session-factory>\n<property name="connection.password">changeme</property><apiKey>your-api-key</apiKey>\n</session-factory>\n',
    `line 2 (connection.password) ${PLACEHOLDER}`,
    `line 2 (apiKey) ${PLACEHOLDER}`,
  ],
  [
    'tokens.xml',
    `<tokens>\n<x${GOOD.key.slice(0, 24)}.password>changeme</x${GOOD.key.slice(0, 24)}.password>\n</tokens>\n`,
    `line 2 ${PLACEHOLDER}`,
  ],
  [
    'tomcat-users.xml',
    '<tomcat-users>\n  <user username="ci" password="changeme" roles="manager-gui"/>\n</tomcat-users>\n',
    `line 2 (password) ${PLACEHOLDER}`,
  ],
  ['init.sql', "CREATE DATABASE app;\nCREATE USER app WITH PASSWORD 'changeme';\n", `line 2 ${PLACEHOLDER}`],
  [
    'wp-config.php',
    "<?php\ndefine( 'DB_USER', 'wp' );\ndefine( 'DB_PASSWORD', 'changeme' );\n",
    `line 3 (DB_PASSWORD) ${PLACEHOLDER}`,
  ],
  [
    'settings.py',
    'import os\nDEBUG = False\nDB_PASSWORD = "changeme"\nTOKEN = token\n',
    `DB_PASSWORD ${PLACEHOLDER}`,
  ],
  ['CREDENTIALS', base64(serviceAccount({ private_key: '<private-key>' })), `private_key ${PLACEHOLDER}`],
  [
    '.dockerconfigjson',
    dockerConfig('ci-bot', GOOD.password).replace('registry.acme.io', '<registry>'),
    `auths ${PLACEHOLDER}`,
  ],
  [
    'sshPrivateKey',
    '# PLACEHOLDER - replace with the real key\n# of the deploy user\n',
    NO_PRIVATE_KEY.replace(/is a PEM.* in it/, 'is a placeholder'),
  ],
  ['.env', 'SECRET=my-secret-key\nPORT=1\n', `SECRET ${PLACEHOLDER}`],
  // options, and the secret of a URL in another place
  ['REDIS', 'cache:6379,ssl=True,password=changeme,abortConnect=False', `password ${PLACEHOLDER}`],
  ['SENTRY', 'https://examplePublicKey@o0.ingest.sentry.io/0', `user ${PLACEHOLDER}`],
  ['CACHE_URL', 'redis://redis_password@redis:6379/0', `user ${PLACEHOLDER}`],
  ['CACHE_URL', 'redis://redis:6379/password123', `path ${PLACEHOLDER}`],
  // files whose programs expand nothing
  [
    'credentials',
    '[default]\naws_access_key_id = ${AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}\n',
    `default.aws_access_key_id is a template that nobody rendered ${UNRENDERED_FIX}`,
    `default.aws_secret_access_key is a template that nobody rendered ${UNRENDERED_FIX}`,
  ],
  [
    'alertmanager.yaml',
    'route:\n  receiver: a\nreceivers:\n- name: a\n  slack_configs:\n  - api_url: "${SLACK_URL}"\n    text: "{{ .Your.Text }}"\n',
    `receivers[0].slack_configs[0].api_url is a template that nobody rendered ${UNRENDERED_FIX}`,
  ],
  // PEM
  ['tls.crt', '-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n', NO_CERTIFICATE],
  ['tls.key', '-----BEGIN PRIVATE KEY-----\nYOUR KEY HERE\n-----END PRIVATE KEY-----\n', NO_PRIVATE_KEY],
  ['ca.crt', '-----BEGIN CERTIFICATE-----', NO_CERTIFICATE],
  [
    'chain.pem',
    `${CERTIFICATE}-----BEGIN CERTIFICATE-----\n# intermediate goes here\n-----END CERTIFICATE-----\n`,
    `line 6 ${EMPTY_PEM}`,
  ],
  ['id_rsa', PRIVATE_KEY.replace('MIGNv', '# the key of the old server\nMIGNv'), NO_PRIVATE_KEY],
  [
    'ca.crt',
    base64('-----BEGIN CERTIFICATE-----\nYOUR-CERTIFICATE\n-----END CERTIFICATE-----\n'),
    NO_CERTIFICATE,
  ],
  [
    'tls.key',
    '-----BEGIN PRIVATE KEY-----\n{{ .Values.key }}\n-----END PRIVATE KEY-----',
    `is a PEM block with a template in it that nobody rendered [lockstep/unrendered-template]: render the manifest before it is applied: Kubernetes replaces nothing inside a Secret`,
  ],
];

for (const [key, text, ...found] of FAULTS) {
  t.test(`${key}: ${text.slice(0, 60).replaceAll('\n', ' ')}: ${found[0]?.split(' [', 1)}`, async (t) => {
    t.same(
      inside(key, text),
      found.map((sentence) => `${key}: ${sentence}`),
    );
  });
}

t.test('a placeholder in place of the secret of any sound file has a finding', async (t) => {
  for (const [key, text] of Object.entries(SOUND_FILES)) {
    const parts = [GOOD.password, GOOD.key, 'r8VnZ2qWc5LpXj7TbYd4GhMs'].filter((part) => text.includes(part));
    const [secret] = parts;
    if (secret === undefined || /^(?:\.netrc|PASSWORD)/.test(key) || /\.dockercfg|SAS|AZURE/.test(key))
      continue;
    t.not(inside(key, text.replaceAll(secret, 'CHANGE_ME')).length, 0, key);
  }
});

t.test('each document of a value is read, in JSON, JSON5 and YAML', async (t) => {
  const found = [`config: db.password ${PLACEHOLDER}`];
  const faulty = '{"db":{"password":"CHANGE_ME"}}';
  for (const text of [
    `{"a":"b"}${faulty}`,
    `{"a":"b"}\n${faulty}\n`,
    `{"a":"b"}\n---\n${faulty}\n`,
    `[{"a":"b"}],\n ${faulty}`,
    `{"a":"b"}${'{}'.repeat(1000)}${faulty}`,
    '{"a":"b"}\n---\ndb:\n  password: CHANGE_ME\n',
    `a: b\n---\n${faulty}\n`,
    `a: b\n---\n{\n  "db": {\n    "password": "CHANGE_ME"\n  }\n}\n`,
    "{db:{password:'CHANGE_ME'}}",
    '{db:{password:"CHANGE_ME", user:"app"}}',
    "{ db:{ user:'app', password:'CHANGE_ME' } }",
    "{\n  // settings\n  db: {password:'CHANGE_ME',},\n}",
  ])
    t.same(inside('config', text), found, text.slice(0, 60));
  for (const text of ["{abc:'x", '{"a":"b"} and a sentence', '{"a":"b"}\n}{', "{url:'http://db/x'}"])
    t.same(inside('config', text), [], text);
});

t.test('a text that is nested deep is read, and what is beside a deeper one', async (t) => {
  const nested = (depth: number) => `${'{"a":'.repeat(depth)}{"password":"CHANGE_ME"}${'}'.repeat(depth)}`;
  for (const depth of [1, 70, 400]) t.equal(inside('config', nested(depth)).length, 1, `${depth} deep`);
  t.same(inside('config', `{"deep":${nested(2000)},"db":{"password":"CHANGE_ME"}}`), [
    `config: db.password ${PLACEHOLDER}`,
  ]);
});

t.test('a file in Latin-1, with a NUL, or cut off, is read as far as it can be', async (t) => {
  const file = 'db:\n  user: zoë\n  password: CHANGE_ME\n  port: 5432\n';
  const found = [`config.yaml: db.password ${PLACEHOLDER}`];
  t.same(inside('config.yaml', file), found);
  t.same(inside('config.yaml', Buffer.from(file, 'latin1')), found, 'Latin-1');
  t.same(inside('config.yaml', `${file}\0`), found, 'a NUL at the end');
  t.same(inside('config.yaml', file.slice(0, -10)), found, 'cut off');
  t.same(inside('data.json', '{"db":{"password":"CHANGE_ME","hosts":["a","b'), [
    `data.json: db.password ${PLACEHOLDER}`,
  ]);
});

t.test('five findings at most, and the number of the others', async (t) => {
  const text = Array.from({ length: 40 }, (_, index) => `S${index}_PASSWORD=changeme${index}\n`).join('');
  const found = inside('app.env', text);
  t.equal(found.length, 5);
  t.match(found[0], /^app\.env: S0_PASSWORD is a placeholder \[/);
  t.match(found[4], /^app\.env: S4_PASSWORD is a placeholder, and 35 more \[/);
});

t.test('an update that does not change the file is only warned', async (t) => {
  const file = { 'config.yaml': 'db:\n  password: CHANGE_ME\n', OTHER: 'a' };
  const found = (before: typeof file | { OTHER: string }, after: typeof file) =>
    reportedFindings(validated(anUpdate(before, after, { name: 'ledger' })));
  t.same(found(file, { ...file, OTHER: 'b' }), ['Warn config.yaml placeholder']);
  t.same(found({ OTHER: 'a' }, file), ['Enforce config.yaml placeholder']);
});

t.test('a name that may be a secret itself is not shown', async (t) => {
  const token = GOOD.key.slice(0, 24);
  const shown = (key: string, text: string): string => inside(key, text).join('\n');
  t.match(shown('a.json', `{"tokens":{"${token}":{"password":"CHANGE_ME"}}}`), /tokens\.\*\.password is/);
  t.match(
    shown('a.json', '{"tokens":{"sunny-marmot-42":{"password":"CHANGE_ME"}}}'),
    /tokens\.\*\.password is/,
  );
  t.match(shown('a.env', `A=b\n${token}_PASSWORD=CHANGE_ME\n`), /: line 2 is a placeholder/);
  t.match(shown('a.yaml', 'a: b\n"\u001b[31mpassword": CHANGE_ME\n'), /: line 2 is a placeholder/);
});

t.test('no value inside a Secret is changed', async (t) => {
  t.same(validated(aCreate({ 'app.env': 'DB_PASSWORD="changeme"\n' }, { name: 'ledger' })).changes, []);
});
