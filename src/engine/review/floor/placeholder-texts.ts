import { Buffer } from 'node:buffer';
import { classifyPlaceholder } from '../../value/placeholder/classify.ts';
import type { PlaceholderVerdict, ValueRole } from '../../value/placeholder/verdict.ts';

/*
 * CEL sees a value in base64, so the floor finds a placeholder only as a whole value of one list. The list has texts
 * that people leave in templates, in small letters and in capitals. The engine refuses each of them too.
 */

/** A longer text is in no list. */
export const MAX_PLACEHOLDER_BYTES = 64;

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Defaults and plain words that are often left in place of a password. */
const WEAK = words(`
  password passwords passwd passwort passphrase pass pass123 pass1234 password1 password12 password123 password1234 password!
  Password1! Password123! p@ssw0rd p@ssword p@ssw0rd1 p@ssw0rd123 passw0rd p4ssw0rd passpass passw0rd123 pwd pw
  secret secret1 secret123 secrets s3cr3t s3cret supersecret super-secret super_secret topsecret top-secret top_secret verysecret very-secret
  very_secret mysecret my-secret my_secret mypassword my-password my_password yourpassword yoursecret mysecretpassword notasecret not-a-secret
  thisisasecret this-is-a-secret thisisnotasecret secretkey secret-key secret_key secretpassword secret-password jwtsecret jwt-secret jwt_secret
  apikey api-key api_key token my-token my_token mytoken testtoken test-token credential credentials key private-key
  admin admin1 admin12 admin123 admin1234 admin@123 adminadmin adminpass adminpassword administrator root root123 rootpass rootpassword toor
  superuser sysadmin user user1 user123 userpass username guest guest123 test test1 test12 test123 test1234 testing tester testpass testpassword
  test-password test_password testsecret test-secret test_secret demo demo123 dev dev123 devpass devpassword dev-password dev_password devsecret
  dev-secret dev_secret develop development staging production local localhost local-secret localpassword default default123 changeit
  letmein welcome welcome1 welcome123 hello hello123 iloveyou monkey dragon sunshine princess football baseball master master123 shadow
  superman batman trustno1 hunter2 abc123 abcd1234 qwe123 1q2w3e asdf asdf1234 opensesame
  postgres postgres1 postgres123 postgrespass postgrespassword postgresql pgpass pgpassword mysql mysql123 mariadb redis redis123 mongo mongodb
  rabbitmq rabbit elastic elasticsearch kafka oracle sa minio minioadmin keycloak grafana prometheus prom-operator jenkins gitlab gitea nexus
  sonarqube harbor Harbor12345 neo4j influxdb airflow superset metabase vault consul nats clickhouse cassandra couchbase
  none null nil undefined unset empty blank n/a na tbd tba tbc todo fixme true false yes no on off
  foo bar baz foobar foobarbaz foo123 string value text example example123 sample dummy fake mock placeholder temp temporary tmp insecure
  unsafe unknown redacted hidden removed masked censored xyz abc
  contraseña contrasena clave secreto senha segredo motdepasse geheim kennwort wachtwoord hasło haslo heslo şifre sifre parola пароль 密码 パスワード
`);

/** Texts of several words. */
const PHRASES = [
  'keyboard cat',
  'lorem ipsum',
  'correct horse battery staple',
  'super secret',
  'top secret',
  'this is a secret',
  'some secret',
  'a secret',
  'not set',
  'to be defined',
  'to be done',
  'to be replaced',
  'to be changed',
  'fill me in',
  'paste here',
  'a very long random string',
  'a long random string',
  'some long random string',
];

const OWNERS = ['', ...words('db jwt api app postgres')];
const NOUNS = words('password secret key token');
const NAMES = words('username user host database name value email domain secret-key');

/** A thing that a template asks for: `db password`, in parts. */
const THINGS: readonly (readonly string[])[] = [
  ...OWNERS.flatMap((owner) => NOUNS.map((noun) => [owner, noun].filter((part) => part !== ''))),
  ...NAMES.map((name) => name.split('-')),
];

/** Texts that ask to be replaced, in parts. */
function* requests(): Generator<readonly string[]> {
  for (const verb of ['change', 'replace', 'update', 'set', 'fill', 'insert'])
    for (const end of ['me', 'me now', 'me in production', 'this']) yield [verb, ...end.split(' ')];
  yield* [
    ['please', 'change'],
    ['please', 'change', 'me'],
    ['please', 'change', 'this'],
  ];
}

function* namedThings(): Generator<readonly string[]> {
  for (const thing of THINGS)
    yield* [
      thing,
      ['your', ...thing],
      ['your', ...thing, 'here'],
      ['my', ...thing],
      ['insert', ...thing, 'here'],
      ['enter', 'your', ...thing],
      ['change', 'this', ...thing],
      ['dev', ...thing],
      ['test', ...thing],
    ];
}

/** Templates that nobody rendered. */
function* templates(): Generator<string> {
  for (const parts of THINGS) {
    const name = parts.join('_');
    const upper = name.toUpperCase();
    yield* [`\${${upper}}`, `$(${upper})`, `{{ ${name} }}`, `__${upper}__`, `[${name}]`];
    for (const one of [name, parts.join('-'), `your_${name}`, `your-${parts.join('-')}`])
      yield* [`<${one}>`, `<${one.toUpperCase()}>`];
  }
  const requested = words(
    'insert blank empty todo redacted replace replace-me replace_me change-me change_me changeme',
  );
  for (const text of requested) yield* [`<${text}>`, `<${text.toUpperCase()}>`];
}

/** One character or one short text again and again, and steps along the keyboard or the alphabet. */
function* fillers(): Generator<string> {
  for (const character of ['x', '*', '.', '-', '_', '?', '0', '1', 'a', 'f', '9', '#'])
    for (let size = 3; size <= 64; size++) if (size <= 12 || size % 16 === 0) yield character.repeat(size);
  for (const unit of ['abc', '123', '12', 'ab', 'asdf', 'qwer', 'abcd', '1234', 'test', 'pass', 'xy'])
    for (let times = 2; times <= 6; times++) yield unit.repeat(times);
  for (const run of RUNS) {
    for (const size of [4, 5, 6, 7, 8, 9, 10, 12, 16, 26]) if (size <= run.length) yield run.slice(0, size);
    yield* [run.repeat(2), run.repeat(4).slice(0, 32), run.repeat(8).slice(0, 64)];
  }
  yield* words(`
    123 1qaz2wsx 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y qazwsx qazwsxedc zaq12wsx q1w2e3r4 qwerty1 qwerty12 qwerty123 qwerty1234 asdfasdf
    xxxx-xxxx xxxx-xxxx-xxxx xxxx-xxxx-xxxx-xxxx xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx sk-... sk-xxxx sk-xxxxxxxx ghp_... base64:... …
    sk_test_... sk_live_... changeme! changeme1 changeme123 change_me_123 replaceme123 __REQUIRED__
  `);
}

const RUNS = words(`
  1234567890 0123456789 0123456789abcdef abcdef0123456789 abcdefghijklmnopqrstuvwxyz qwertyuiop qwertzuiop asdfghjkl zxcvbnm
  987654321 9876543210 0987654321 fedcba9876543210 !@#$%^&*()
`);

function candidates(): ReadonlySet<string> {
  const anyCase = [...WEAK, ...PHRASES];
  for (const parts of requests())
    for (const separator of ['', '-', '_', ' ']) anyCase.push(parts.join(separator));
  const twoCases = [...fillers()];
  for (const parts of namedThings()) twoCases.push(parts.join('-'), parts.join('_'));
  return new Set(
    [
      ...templates(),
      ...twoCases.flatMap((text) => [text, text.toUpperCase()]),
      ...anyCase.flatMap((text) => [text, text.toUpperCase(), text.charAt(0).toUpperCase() + text.slice(1)]),
    ].filter((text) => Buffer.byteLength(text) <= MAX_PLACEHOLDER_BYTES),
  );
}

/**
 * The roles of a value that the floor knows. `any` is for a key that need not hold a secret. Then the value must be a
 * placeholder in each role, under each name of a key.
 */
export type FloorRole = 'secret' | 'any';

/** Keys that allow the most: those of templates and texts may hold what others may not. */
const ROLES: Readonly<Record<FloorRole, readonly { readonly role: ValueRole; readonly key: string }[]>> = {
  secret: [{ role: 'secret', key: '' }],
  any: [
    { role: 'configuration', key: '' },
    { role: 'configuration', key: 'message_template' },
    { role: 'configuration', key: 'app.conf' },
    { role: 'name', key: '' },
    { role: 'secret', key: '' },
  ],
};

/** Placeholders of one kind, with the first words of their finding. */
export interface PlaceholderGroup {
  readonly verdict: PlaceholderVerdict;
  readonly texts: readonly string[];
}

const known = new Map<FloorRole, readonly PlaceholderGroup[]>();

/** The listed placeholders that the engine finds in this role, with nothing known about the Secret. */
export function placeholderTexts(role: FloorRole): readonly PlaceholderGroup[] {
  let groups = known.get(role);
  if (groups === undefined) {
    groups = findPlaceholders(role);
    known.set(role, groups);
  }
  return groups;
}

function findPlaceholders(role: FloorRole): readonly PlaceholderGroup[] {
  const groups = new Map<string, { readonly verdict: PlaceholderVerdict; readonly texts: string[] }>();
  for (const text of candidates()) {
    const verdict = verdictOn(text, role);
    if (verdict === undefined) continue;
    const id = `${verdict.rule} ${verdict.message}`;
    const group = groups.get(id) ?? { verdict, texts: [] };
    groups.set(id, group);
    group.texts.push(text);
  }
  return [...groups.values()].map(({ verdict, texts }) => ({ verdict, texts: texts.sort() }));
}

function verdictOn(text: string, role: FloorRole): PlaceholderVerdict | undefined {
  const verdicts = ROLES[role].map((context) => classifyPlaceholder(text, context));
  const [verdict] = verdicts;
  // The roles may find the same value by different rules.
  return verdict === undefined ||
    verdicts.some((one) => one?.rule !== verdict.rule || one.maxAction !== undefined)
    ? undefined
    : verdict;
}
