import { classifyPlaceholder } from '../../placeholder/classify.ts';
import type { PlaceholderVerdict, ValueRole } from '../../placeholder/verdict.ts';
import { matchesPattern } from './patterns.ts';

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
  'some secret',
  'a secret',
  'my secret',
  'this is a secret',
  'super secret',
  'top secret',
  'not set',
  'to be defined',
  'to be done',
  'to be replaced',
];

/** One sign or one short text again and again, and steps along the keyboard or the alphabet. */
function* fillers(): Generator<string> {
  for (const sign of ['x', 'X', '*', '.', '-', '_', '?', '0', '1', 'a', 'A', 'f', '9', '#'])
    for (let size = 3; size <= 64; size++) if (size <= 12 || size % 8 === 0) yield sign.repeat(size);
  for (const unit of ['abc', '123', '12', 'ab', 'asdf', 'qwer', 'abcd', '1234', 'test', 'pass', 'xy'])
    for (let times = 2; times <= 6; times++) yield unit.repeat(times);
  const digits = '1234567890';
  for (let size = 3; size <= 10; size++) yield digits.slice(0, size);
  for (const times of [2, 3, 4]) yield digits.repeat(times);
  for (const size of [32, 64]) yield digits.repeat(7).slice(0, size);
  for (const run of [
    '0123456789',
    '0123456789abcdef',
    'abcdef0123456789',
    'abcdefghijklmnopqrstuvwxyz',
    'qwertyuiop',
    'qwertzuiop',
    'asdfghjkl',
    'zxcvbnm',
    '987654321',
    '9876543210',
    '0987654321',
    'fedcba9876543210',
  ]) {
    for (const size of [4, 5, 6, 7, 8, 9, 10, 12, 16, 26]) if (size <= run.length) yield run.slice(0, size);
    yield run.repeat(2);
    yield run.repeat(4).slice(0, 32);
    yield run.repeat(8).slice(0, 64);
  }
  yield* [
    '1qaz2wsx',
    '1q2w3e4r',
    '1q2w3e4r5t',
    '1q2w3e4r5t6y',
    'qazwsx',
    'qazwsxedc',
    'zaq12wsx',
    'q1w2e3r4',
  ];
  yield* [
    '!@#$%^&*',
    '!@#$%^',
    '!@#$%^&*()',
    'qwerty',
    'qwerty1',
    'qwerty12',
    'qwerty123',
    'qwerty1234',
    'asdfasdf',
  ];
  yield* ['xxxx-xxxx', 'xxxx-xxxx-xxxx', 'xxxx-xxxx-xxxx-xxxx', 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx'];
  yield* ['sk-...', 'sk-xxxx', 'sk-xxxxxxxx', 'ghp_...', 'base64:...', '…', 'sk_test_...', 'sk_live_...'];
}

/** Texts that ask to be replaced, whatever the key is for. */
function* requests(): Generator<string> {
  for (const separator of ['', '-', '_', ' ']) {
    for (const verb of ['change', 'replace', 'update', 'set', 'fill', 'edit'])
      for (const end of [['me'], ['me', 'now'], ['me', 'please'], ['this'], ['this', 'value']])
        yield [verb, ...end].join(separator);
    yield ['please', 'change', 'me'].join(separator);
    yield ['please', 'change'].join(separator);
    yield ['fill', 'me', 'in'].join(separator);
    yield ['to', 'be', 'replaced'].join(separator);
    yield ['to', 'be', 'changed'].join(separator);
    for (const what of REQUESTED)
      for (const form of [
        ['your', what],
        ['your', what, 'here'],
        ['insert', what, 'here'],
        ['enter', 'your', what],
      ])
        yield form.join(separator);
  }
  for (const what of REQUESTED) {
    for (const text of [what, `your-${what}`, `your_${what}`, `your ${what}`, `db_${what}`, `db-${what}`]) {
      yield `<${text}>`;
      yield `\${${text.replaceAll(/[- ]/g, '_').toUpperCase()}}`;
      yield `$(${text.replaceAll(/[- ]/g, '_').toUpperCase()})`;
      yield `{{ ${text.replaceAll(/[- ]/g, '_')} }}`;
      yield `__${text.replaceAll(/[- ]/g, '_').toUpperCase()}__`;
      yield `[${text}]`;
    }
  }
  yield* [
    'changeme!',
    'changeme1',
    'changeme123',
    'change_me_123',
    'replaceme123',
    'CHANGE_ME_IN_PRODUCTION',
    '__REQUIRED__',
  ];
  yield* [
    'change-me-in-production',
    'change_me_in_production',
    'changemeinproduction',
    '<changeme>',
    '<change-me>',
    '<CHANGE_ME>',
  ];
  yield* [
    '<insert>',
    '<blank>',
    '<empty>',
    '<todo>',
    '<redacted>',
    '<replace>',
    '<replace-me>',
    '<REPLACE_ME>',
    'paste-here',
  ];
}

const REQUESTED = words('password secret token key user username host database name value email domain');

const CASES: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => text.toLowerCase(),
  (text) => text.toUpperCase(),
  (text) => text.charAt(0).toUpperCase() + text.slice(1),
];

/**
 * The roles of a value that the floor knows. `any` is for a key that need not hold a secret, or that no policy names.
 * Such a value must be a placeholder in each role, under each name of a key.
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
  readonly spelling: Spelling;
  /** In small letters, unless the spelling is `exact`. */
  readonly texts: readonly string[];
}

/** As they are, in small letters or capitals, or also with a capital first. */
export type Spelling = 'exact' | 'one-case' | 'capitalised';

const known = new Map<FloorRole, readonly PlaceholderGroup[]>();

/** The usual placeholders that the engine finds in this role, with nothing known about the Secret. */
export function usualPlaceholders(role: FloorRole): readonly PlaceholderGroup[] {
  let groups = known.get(role);
  if (groups === undefined) {
    groups = findPlaceholders(role);
    known.set(role, groups);
  }
  return groups;
}

function findPlaceholders(role: FloorRole): readonly PlaceholderGroup[] {
  const candidates = new Set<string>(fillers());
  for (const text of [...PHRASES, ...requests()])
    for (const spell of CASES.slice(0, 3)) candidates.add(spell(text));
  for (const text of WEAK) for (const spell of CASES) candidates.add(spell(text));
  const verdicts = new Map<string, PlaceholderVerdict>();
  for (const text of candidates) {
    const verdict = verdictOn(text, role);
    if (verdict !== undefined) verdicts.set(text, verdict);
  }
  const groups = new Map<string, { verdict: PlaceholderVerdict; spelling: Spelling; texts: Set<string> }>();
  for (const [text, verdict] of verdicts) {
    const spelling = spellingOf(text, role, (one) => isSame(verdicts.get(one), verdict));
    const id = `${spelling} ${verdict.rule} ${verdict.what}`;
    const group = groups.get(id) ?? { verdict, spelling, texts: new Set() };
    groups.set(id, group);
    group.texts.add(spelling === 'exact' ? text : text.toLowerCase());
  }
  return [...groups.values()].map(({ texts, ...rest }) => ({ ...rest, texts: [...texts].sort() }));
}

const isSame = (one: PlaceholderVerdict | undefined, other: PlaceholderVerdict): boolean =>
  one !== undefined && one.rule === other.rule && one.what === other.what;

function verdictOn(text: string, role: FloorRole): PlaceholderVerdict | undefined {
  const verdicts = ROLES[role].map((context) => classifyPlaceholder(text, context));
  const [verdict] = verdicts;
  if (verdict === undefined || (role === 'secret' && matchesPattern(text))) return undefined;
  // The roles may find the same value by different rules.
  return verdicts.some((one) => one?.rule !== verdict.rule || one.maxAction !== undefined)
    ? undefined
    : verdict;
}

/** The spellings of the text that the engine finds too. Only a secret value is decoded, so that its case is known. */
function spellingOf(text: string, role: FloorRole, isFound: (text: string) => boolean): Spelling {
  const lower = text.toLowerCase();
  if (role !== 'secret' || !/^[ -~]*$/.test(text) || !isFound(lower) || !isFound(text.toUpperCase()))
    return 'exact';
  const capitalised = lower.charAt(0).toUpperCase() + lower.slice(1);
  if (isFound(capitalised)) return 'capitalised';
  return text === lower || text === text.toUpperCase() ? 'one-case' : 'exact';
}
