import t from 'tap';
import { classifyPlaceholder } from '../../../../src/engine/value/placeholder/classify.ts';
import { aCreate, reportedFindings, validated } from '../../../helpers/engine/engine.ts';

const OWN = ['zurimanta', 'kelpworks', 'orders', 'secret'];
const ruleOf = (value: string, key = 'DB_PASSWORD'): string | undefined =>
  classifyPlaceholder(value, { role: 'secret', key, contextWords: () => OWN })?.rule;

t.test('a name of the surroundings, known words and one other word are a placeholder', async (t) => {
  for (const value of [
    'zurimantaSessaoSegura123',
    'kelpworks_chiffrement_cle_2024!',
    'zurimanta-secreto-compartido',
    'Zurimanta2024Bogota!',
    'zurimantabouncer',
    'kelpwork_livreur_token',
    'rep_zurimanta_pg18_rep_2025',
    'zurimantaClinicaTokenSecretoMuyLargo2025!!',
  ])
    t.equal(ruleOf(value), 'placeholder', value);
  for (const value of [
    'zurimanta-walrus-magnet-plum',
    'orders-walrus-magnet',
    'secret-walrus-lantern-otter',
    'zurimantawalrusmagnetplum',
    'xkzurimantaq8vtr4w',
    'Kq7zuriMantaW4xp',
  ])
    t.equal(ruleOf(value), undefined, value);
});

t.test('the name of the application behind the prefix of a vendor is a placeholder', async (t) => {
  for (const value of [
    'sk_test_zurimanta',
    'rzp_test_zurimantasecret',
    '123456789:AAzurimanta-bot-token',
    'SB-Mid-server-zurimanta',
    'eyJhbGciOiJIUzI1NiJ9.zurimanta-test-token',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.fake-signature',
  ])
    t.equal(ruleOf(value, 'API_KEY'), 'placeholder', value);
  for (const value of [
    'sk_test_51HzurQ8vtr4wKq7W4xpLm2Nc',
    '5712345678:AAHk3Vw9QpZr7XcLm2TnYb4Gd6Fs8Jq1Rke',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJib2IifQ.Kq7W4xpLm2Nc9Vt3RzYb6Gd8Fs1Jq5HkE0uTiOaPlXw',
  ])
    t.equal(ruleOf(value, 'API_KEY'), undefined, value);
});

t.test('a few words, a usual number and a sign are a placeholder', async (t) => {
  for (const value of ['Kestrel2025!Secure', 'PlazaEscolar123!', 'Kestrel1234!Password', 'walruscoast12@'])
    t.equal(ruleOf(value), 'placeholder', value);
  for (const value of ['Kestrel-Walrus7-Magnet', 'KestrelWalrusMagnetPlum2024!', 'Kestrel5831!Walrus'])
    t.equal(ruleOf(value), undefined, value);
});

t.test('the password of a login is asked like any other', async (t) => {
  for (const value of ['bridge:bridge', 'bridge:changeme', 'bridge:bridge123'])
    t.equal(ruleOf(value, 'passwd'), 'placeholder', value);
  for (const value of ['bridge:Kq7W4xpLm2Nc', 'bridge:walrus-magnet-plum-otter', 'k3:x9q'])
    t.equal(ruleOf(value, 'passwd'), undefined, value);
});

const findingsIn = (data: Readonly<Record<string, string>>, secret: object = {}): readonly string[] =>
  reportedFindings(validated(aCreate(data, { name: 'shop', ...secret })));

t.test('names of users, databases and hosts are own words', async (t) => {
  t.same(findingsIn({ DB_NAME: 'zurimanta', REDIS_PASSWORD: 'zurimanta-livreur-pass' }), [
    'Enforce REDIS_PASSWORD placeholder',
  ]);
  t.same(findingsIn({ QUEUE_ADDRESS: 'amqp://kelp:zurimanta-pass-2024@zurimanta-mq.svc:5672/' }), [
    'Enforce QUEUE_ADDRESS placeholder',
  ]);
});

t.test('a newline at the end does not hide the password of a URL', async (t) => {
  t.same(
    findingsIn({ dburl: 'mongodb://kelp:changeme@mongo:27017/kelp\n' }).filter((one) =>
      one.endsWith('placeholder'),
    ),
    ['Enforce dburl placeholder'],
  );
});

t.test('an access key ID is never called test, and a client may be', async (t) => {
  t.same(findingsIn({ AWS_ACCESS_KEY_ID: 'test' }), ['Enforce AWS_ACCESS_KEY_ID placeholder']);
  t.same(findingsIn({ OIDC_CLIENT_ID: 'test' }), []);
});

t.test('a configuration may tell its reader how long a password must be', async (t) => {
  t.same(findingsIn({ hint: 'min 8 chars', passwordPolicy: 'at least 12 characters' }), []);
  t.same(findingsIn({ DB_PASSWORD: 'min 8 chars' }), ['Enforce DB_PASSWORD placeholder']);
});

t.test('a manifest in a value names Secrets, and a Secret in a value holds them', async (t) => {
  const manifest = (secret: string): string =>
    `apiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\nspec:\n  configSecret: ${secret}\n`;
  t.same(findingsIn({ 'alertmanager.yml': manifest('main-token') }), []);
  t.same(findingsIn({ 'alertmanager.yml': manifest('your-secret-name') }), [
    'Enforce alertmanager.yml placeholder',
  ]);
  t.same(
    findingsIn({
      'secret.yml': 'apiVersion: v1\nkind: Secret\nstringData:\n  clientSecret: client-secret\n',
    }),
    ['Enforce secret.yml placeholder'],
  );
});

t.test('a long phrase of known words may have an unknown one', async (t) => {
  for (const value of [
    'MyVerySecureJwtKeyForWalrusStoreApp12345',
    'SpringWalrusJwtSigningKey2023ForDemoApp',
    'changer-secret-jeton-joueur-aleatoire',
    'walrusroot2023',
    'kestrelpass1',
  ])
    t.equal(ruleOf(value), 'placeholder', value);
  for (const value of ['WalrusLanternOtterKestrelKeyPlumFjord7', 'Walrus4Lantern7Key2Plum9Otter'])
    t.equal(ruleOf(value), undefined, value);
});

t.test('a short name counts between capitals', async (t) => {
  const ruleIn = (value: string): string | undefined =>
    classifyPlaceholder(value, { role: 'secret', key: 'DB_PASSWORD', contextWords: () => ['pacs'] })?.rule;
  t.equal(ruleIn('KestrelPacs2022'), 'placeholder');
  t.equal(ruleIn('kestpacsrel2022x'), undefined);
});

t.test('the user and database of a file are own words of its password', async (t) => {
  const file = 'DB_USER=kestrelpay\nDB_PASS=kestrelpay-livreur-pass\n';
  t.same(findingsIn({ '.env': file }), ['Enforce .env placeholder']);
  t.same(findingsIn({ '.env': 'DB_USER=kestrelpay\nDB_PASS=Kq7W4xpLm2Nc9Vt3Rz\n' }), []);
});
