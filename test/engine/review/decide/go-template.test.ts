import t from 'tap';
import { goTemplatesOf } from '../../../../src/engine/review/decide/go-template.ts';
import { aCreate, aPolicy, builtins, mutated, writtenValues } from '../../../helpers/engine/engine.ts';
import { fillTemplates } from '../../../helpers/engine/go-template.ts';
import { fc } from '../../../helpers/property.ts';

const derivedBy = (template: string, more: object = {}) =>
  aPolicy('app', {
    match: { names: ['*'] },
    keys: {
      USER: {},
      'pass-word': {},
      DB: {},
      OUT: { derive: { template, mode: 'Exact' }, required: true },
      ...more,
    },
  });

type Data = Readonly<Record<string, string>>;

/** lockstep and Go derive the same value for every one of these Secrets. */
async function bothDerive(template: string, secrets: readonly Data[]) {
  const policy = derivedBy(template);
  const [one] = goTemplatesOf(policy);
  const text = one?.text ?? '';
  const filled = await fillTemplates(secrets.map((data) => ({ template: text, data })));
  const ours = secrets.map((data) => writtenValues(mutated(aCreate(data), [policy])).OUT);
  return { ours, theirs: filled.map((each) => each.error ?? each.text), text };
}

/** Any text that an environment variable holds. */
const anything = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 20 })
  .filter((text) => !/[\0-\x1f\x7f]/.test(text) && text === text.trim());
const someSecrets = fc.sample(
  fc.record({ USER: anything, 'pass-word': anything, DB: fc.stringMatching(/^[A-Za-z0-9._~-]{1,30}$/) }),
  { numRuns: 300, seed: 6 },
);
const HARD: readonly Data[] = [
  { USER: 'a b+c', 'pass-word': `p@ss/w:#?%"'\\&=;<>{}[]|^\`é€😀*()!~`, DB: 'db' },
  { USER: '+', 'pass-word': '%20', DB: 'a-b' },
  { USER: '{{ .USER }}', 'pass-word': '$value', DB: 'x' },
];

const TEMPLATES = {
  'a URL': 'postgresql://${USER}:${pass-word}@db.example:5432/${DB}?sslmode=require',
  'a URL with defaults':
    'postgres://${USER}:${pass-word}@${HOST:-postgres-service}:${PORT:-5432}/${DB:-app}?options=${OPTIONS:-}&x=a%20b',
  'literals beside keys, and spelled oddly':
    'mysql://pre%2dfix-${USER}:${pass-word}x@h:1/${DB}?a={{b}}&c=${USER}',
  'several hosts that the policy names': 'postgresql://${USER}:${pass-word}@a,[::1]:5432/${DB}',
  JDBC: 'jdbc:postgresql://h/${DB}?user=${USER}&password=${pass-word}',
  'a keyword string': 'host=db user=${USER} password=${pass-word} dbname=${DB:-app}',
  'plain text': 'hello ${USER} and ${pass-word}, {{ not Go }} ${NOBODY:-nobody "here"}',
};

for (const [name, template] of Object.entries(TEMPLATES)) {
  t.test(`${name}: Go computes what lockstep does, byte for byte`, async (t) => {
    const { ours, theirs } = await bothDerive(template, [...HARD, ...someSecrets]);
    t.ok(ours.filter((text) => text !== undefined).length > 200);
    const differing = ours.findIndex((text, index) => text !== undefined && text !== theirs[index]);
    t.equal(theirs[differing], ours[differing]);
  });
}

t.test('an empty or missing value gets the default of the policy', async (t) => {
  const { theirs } = await bothDerive(TEMPLATES['a URL with defaults'], [
    { USER: 'u', 'pass-word': 'p' },
    { USER: 'u', 'pass-word': 'p', HOST: '', PORT: '', DB: '', OPTIONS: '' },
    { USER: 'u', 'pass-word': 'p', HOST: 'h', PORT: '1', DB: 'd', OPTIONS: 'o p' },
  ]);
  t.same(theirs, [
    'postgres://u:p@postgres-service:5432/app?options=&x=a%20b',
    'postgres://u:p@postgres-service:5432/app?options=&x=a%20b',
    'postgres://u:p@h:1/d?options=o%20p&x=a%20b',
  ]);
});

t.test('a missing value without a default is an error that names it, and nothing is stored', async (t) => {
  const { theirs } = await bothDerive(TEMPLATES['a URL'], [
    { USER: 'u', DB: 'd' },
    { 'pass-word': 'p', DB: 'd' },
  ]);
  t.match(theirs[0], 'pass-word is missing');
  t.match(theirs[1], 'map has no entry for key "USER"');
});

t.test('a simple template looks handwritten', async (t) => {
  const [one] = goTemplatesOf(
    aPolicy('app', { keys: { USER: {}, OUT: { derive: { template: 'redis://${USER}@${HOST:-redis}/0' } } } }),
  );
  t.equal(
    one?.text,
    'redis://{{ .USER | urlquery | replace "+" "%20" }}@{{ index . "HOST" | default "redis" | urlquery | replace "+" "%20" }}/0',
  );
});

t.test('reports a key that is derived from another derived key', async (t) => {
  const policy = derivedBy('x-${USER}', { TWICE: { derive: { template: 'y-${OUT}' } } });
  const twice = goTemplatesOf(policy).find(({ key }) => key === 'TWICE');
  t.equal(twice?.text, undefined);
  t.match(twice?.unsupportedReason, 'OUT is derived itself');
});

t.test('every built-in policy with derived keys has its templates', async (t) => {
  const names = builtins.filter((policy) => goTemplatesOf(policy).some(({ text }) => text !== undefined));
  t.same(names.map(({ name }) => name).sort(), [
    'amqp-credentials',
    'mongodb-credentials',
    'mysql-credentials',
    'postgres-basic-auth',
    'postgres-credentials',
    'reconciliation',
    'redis-credentials',
    'smtp-credentials',
    'sqlserver-credentials',
  ]);
});
