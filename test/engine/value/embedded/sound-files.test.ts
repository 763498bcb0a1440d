import t from 'tap';
import { SOUND_FILES } from '../../../helpers/engine/embedded-values.ts';
import { aCreate, GOOD, sentences, validated } from '../../../helpers/engine/engine.ts';

for (const [key, text] of Object.entries(SOUND_FILES)) {
  t.test(`a sound ${key} has no finding`, async (t) => {
    t.same(sentences(validated(aCreate({ [key]: text }, { name: 'ledger' }))), []);
  });
}

t.test(
  'a variable of Terraform, a login of guests and a continued value of properties are no placeholders',
  async (t) => {
    for (const [key, text] of [
      [
        '.netrc',
        `machine git.acme.io login ci password ${GOOD.password}\ndefault login anonymous password ci@acme.io\n`,
      ],
      ['nats.conf', `authorization { user: shop, password: ${GOOD.password}, timeout: 2 }\n`],
      [
        'nats.conf',
        `authorization {\n  # password: changeme\n  // token: "your-token"\n  password: "${GOOD.password}"\n}\n`,
      ],
      [
        'advanced.config',
        `%% {default_pass, <<"changeme">>}\n[{rabbit, [{default_pass, <<"${GOOD.password}">>}]}].\n`,
      ],
      [
        'values.yaml',
        'encryption:\n  existingSecret: app-secrets\n  key: encryption-key\njwt:\n  key: jwt-secret\n',
      ],
      ['app.json', '{"session": {"key": "sid"}, "items": [{"key": "password", "value": "x"}]}'],
      ['main.tf', 'provider "x" {\n  token = var.token\n  secret = data.vault.x\n}\n'],
      ['app.properties', 'db.password=\\\n  r8VnZ2qWc5LpXj7TbYd4GhMs\nport=80\n'],
      ['app.properties', 'db.password=\\\r\n  r8VnZ2qWc5LpXj7TbYd4GhMs\r\nport=80\r\n'],
    ] as const)
      t.same(sentences(validated(aCreate({ [key]: text }, { name: 'ledger' }))), [], key);
  },
);

t.test('a placeholder in the line after a backslash is found', async (t) => {
  const text = 'db.password=\\\n  changeme\nport=80\n';
  t.match(sentences(validated(aCreate({ 'app.properties': text }, { name: 'ledger' }))), [/db\.password/]);
});

t.test('a name of a database or a user may speak of secrets', async (t) => {
  for (const text of [
    'mongodb://mongo:27017/password_store',
    'postgresql://db:5432/passwords',
    'postgres://token_service@db:5432/tokens',
    'https://git@git.acme.io/platform/app',
    'https://7d1c9a9e0b2f4f6e8a3c5d7e9f1b2a4c@errors.acme.io/4',
    'redis-0:6379,redis-1:6379',
    'cache:6379,ssl=True,password=r8VnZ2qWc5LpXj7TbYd4GhMs',
  ])
    t.same(sentences(validated(aCreate({ TARGET: text }, { name: 'ledger' }))), [], text);
});

t.test('the URL of a database may stand under any name in a file', async (t) => {
  const url = 'postgres://shop:Vq7mT2xLr9KcW4nB8sZd@db:5432/shop';
  const names = [
    'db',
    'database',
    'login',
    'uid',
    'username',
    'user',
    'dbname',
    'url',
    'dsn',
    'connection',
    'main',
    'password',
  ];
  for (const name of names)
    for (const [key, text] of Object.entries({
      'config.json': `{"${name}": "${url}", "port": 80}`,
      'config.yaml': `${name}: ${url}\nport: 80\n`,
      'nested.yaml': `${name}:\n  ${name}: ${url}\n`,
      'app.env': `${name.toUpperCase()}=${url}\nPORT=80\n`,
      'config.toml': `[main]\n${name} = "${url}"\n`,
      'list.json': `{"${name}": ["${url}"]}`,
    }))
      t.same(sentences(validated(aCreate({ [key]: text }, { name: 'ledger' }))), [], `${key} ${name}`);
});

t.test('a setting in the query of a URL is no placeholder', async (t) => {
  for (const setting of [
    'disable',
    'require',
    'verify-full',
    'true',
    'no',
    '30',
    'public',
    'utf8mb4',
    'default',
  ])
    for (const name of ['sslmode', 'hint', 'schema', 'X'])
      t.same(
        sentences(
          validated(aCreate({ TARGET: `postgresql://db/app?${name}=${setting}` }, { name: 'ledger' })),
        ),
        [],
        `${name}=${setting}`,
      );
});

t.test(
  'a sound file has no finding in UTF-16 either, with a byte order mark, or with line ends of Windows',
  async (t) => {
    for (const [key, text] of Object.entries(SOUND_FILES)) {
      if (!text.includes('\n') || /BEGIN/.test(text)) continue;
      const spellings = [
        Buffer.from(`\ufeff${text}`),
        Buffer.from(text, 'utf16le'),
        text.replaceAll('\n', '\r\n'),
      ];
      for (const spelling of spellings)
        t.same(sentences(validated(aCreate({ [key]: spelling }, { name: 'ledger' }))), [], key);
    }
  },
);

const LABELS = {
  title: 'Sign in',
  user: 'User name',
  password: 'Password',
  confirmPassword: 'Confirm password',
};
const GERMAN = { user: 'Benutzer', password: 'Passwort', forgot: 'Passwort vergessen?', send: 'Absenden' };
const found = (data: Record<string, string>): readonly string[] =>
  sentences(validated(aCreate(data, { name: 'ledger' })));

t.test('the labels of a form are no passwords', async (t) => {
  for (const [key, text] of [
    ['messages.json', '{"login":{"password":"Password"}}'],
    ['messages_en.properties', 'login.password=Password\nlabel.password=Your password\n'],
    ['ui.json', JSON.stringify({ i18n: { fr: { password: 'Mot de passe', secret: 'Secret' } } })],
    ['ui.yaml', 'port: 80\nlabels:\n  password: Your password\n  token: Token\n'],
    ['en.json', JSON.stringify({ login: LABELS })],
    ['de.json', JSON.stringify({ login: GERMAN })],
    [
      'text.yaml',
      `en:\n${Object.entries(LABELS)
        .map(([name, text]) => `  ${name}: ${text}\n`)
        .join('')}`,
    ],
    ['saml.yaml', 'attribute_map:\n  mail: urn:oid:1\n  token: urn:token\n'],
    ['mapping.yaml', 'table: users\ncolumns: {user: username, password: password_hash}\n'],
    [
      'index.html',
      '<html><form>\n<input name="password" type="password" placeholder="your password">\n</form>',
    ],
  ] as const)
    t.same(found({ [key]: text }), [], key);
});

t.test('a placeholder between labels, or between settings, is found', async (t) => {
  for (const [key, text] of [
    ['messages.json', '{"login":{"password":"CHANGE_ME"}}'],
    ['ui.yaml', 'port: 80\ncolumns:\n  password: changeme\n'],
    ['de.json', JSON.stringify({ login: GERMAN, token: 'CHANGE_ME' })],
    ['en.json', JSON.stringify({ login: LABELS, password: 'password' })],
    ['app.json', JSON.stringify({ user: 'Your Name', server: 'Your Server', password: 'Your Password' })],
    ['app.json', JSON.stringify({ company: 'Acme Corp', user: 'acme', host: 'db', password: 'Password' })],
    ['app.json', JSON.stringify({ company: 'Acme Corp', password: 'Password' })],
    ['app.json', JSON.stringify({ title: 'My App', user: 'Admin', password: 'Password' })],
    ['app.json', JSON.stringify({ ...GERMAN, password: 'Changeme' })],
    ['app.json', JSON.stringify({ ...GERMAN, password: 'Change Me!' })],
  ] as const)
    t.equal(found({ [key]: text }).length, 1, `${key} ${text}`);
});

t.test('the name of a field, of an encoder or of a Secret is no password', async (t) => {
  for (const [key, text] of [
    [
      'security.xml',
      '<x><passwordField>password</passwordField><option name="passwordEncoder" value="bcrypt"/></x>',
    ],
    ['values.yaml', 'extraEnvVarsSecret: app-env\ntls:\n  certificatesSecret: app-certs\n'],
    ['values.yaml', 'oauth2:\n  clientSecretKey: client-secret\n'],
  ] as const)
    t.same(found({ [key]: text }), [], key);
});

t.test('a file in a form of its own with a real password has no finding', async (t) => {
  for (const [key, text] of [
    [
      'users.acl',
      `user default off\nuser shop on >${GOOD.password} ~shop:* +@all\nuser ro on nopass ~* +@read\n`,
    ],
    ['fluent-bit.conf', `[OUTPUT]\n    HTTP_Passwd ${GOOD.password}\n[FILTER]\n    Remove password\n`],
    ['fluent-bit.conf', '[OUTPUT]\n    Name es\n    HTTP_Passwd ${ES_PASSWORD}\n'],
    ['msmtprc', `defaults\nauth on\naccount default\nhost smtp\npassword ${GOOD.password}\n`],
    ['.pgpass', `pg-rw:5432:*:shop:${GOOD.password}\n`],
    ['hosts', '2001:4860:4860:0000:0000:8888:8888:8888\n2001:4860:4860:0000:0000:8844:8844:8844\n'],
    ['telegraf.conf', `[[inputs]]\naddress = "host=pg user=t password=${GOOD.password} dbname=x"\n`],
    ['telegraf.conf', `[[inputs]]\nservers = ["t:${GOOD.other}@tcp(db:3306)/"]\n`],
    [
      'config.php',
      `<?php\n$CONFIG = ['dbpassword' => '${GOOD.password}', 'password' => $_ENV['PASSWORD']];\n`,
    ],
    ['values.yaml', 'imagePullSecrets:\n  - regcred\nsecrets: [app, password]\nport: 80\n'],
  ] as const)
    t.same(found({ [key]: text }), [], text);
});

t.test('a value of properties may be continued in several lines', async (t) => {
  for (const text of [
    'db.password=\\\n  \\\n  r8VnZ2qWc5LpXj7TbYd4GhMs\nport=80\n',
    'db.password=pass\\\n  Zk4x9QpLw2mV\\\n  t8RbZk4x\nport=80\n',
    'jwt.secret=\\\r\n  test-\\\r\n  Zk4x9QpLw2mVt8RbZk4x\r\nport=80\r\n',
  ])
    t.same(found({ 'app.properties': text }), [], text);
  for (const text of ['db.password=\\\n  change\\\n  me\nport=80\n', 'dir=C:\\app\\\ndb.password=changeme\n'])
    t.match(found({ 'app.properties': text }), [/db\.password is a placeholder/], text);
});
