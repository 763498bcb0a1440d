import { Buffer } from 'node:buffer';
import t from 'tap';
import {
  aCreate,
  anUpdate,
  aPolicy,
  GOOD,
  reportedFindings,
  sentences,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

type Text = string | Uint8Array;

/** The sentences about one key `K` of this entry. */
const about = (entry: object, text: Text, secret: object = {}): readonly string[] =>
  sentences(validatedOnly(aCreate({ K: text }, secret), [aPolicy('p', { keys: { K: entry } })]));

t.test('max-length counts characters as min-length does', async (t) => {
  t.same(about({ maxLength: 3 }, '密🔑x'), []);
  t.same(about({ maxLength: 3 }, '密🔑xy'), [
    'K: is longer than 3 characters [lockstep/max-length]: set a shorter value',
  ]);
  t.same(about({ maxLength: 4 }, Buffer.from([0xff, 0xfe, 0xfd, 0xfc])), [], 'a byte, where it is no text');
  t.match(about({ maxLength: 3 }, Buffer.from([0xff, 0xfe, 0xfd, 0xfc])), [/max-length/]);
  t.match(about({ maxLength: 65_536 }, '🔑'.repeat(65_537)), [/max-length/]);
  t.same(about({ maxLength: 65_536 }, '🔑'.repeat(65_536)), []);
  t.match(about({ minLength: 3, maxLength: 3 }, 'xy'), [/min-length/]);
});

t.test('prefix: the value begins with the text of the policy', async (t) => {
  const entry = { prefix: 'sk_live_' };
  const sentence =
    'K: does not begin with "sk_live_" [lockstep/prefix]: set a value that begins with "sk_live_"';
  t.same(about(entry, `sk_live_${GOOD.password}`), []);
  t.same(about(entry, 'sk_test_abc'), [sentence]);
  t.same(about(entry, 'sk_live'), [sentence], 'shorter than the prefix');
  t.same(about(entry, 'SK_LIVE_abc'), [sentence], 'in this spelling');
  t.same(about(entry, `x${'sk_live_'.repeat(50_000)}`), [sentence]);
  t.same(about(entry, 'sk_live_'.repeat(50_000)), []);
  t.same(about(entry, Buffer.from([0xff, 0xfe])), [sentence]);
  t.same(
    about(entry, Buffer.concat([Buffer.from('sk_live_'), Buffer.from([0xff])])),
    [],
    'the rest may be binary',
  );
  for (const count of [1, 2, 3, 4, 5])
    t.same(about({ prefix: 'é'.repeat(count) }, 'é'.repeat(200)), [], 'a character of two bytes');
});

t.test('prefix: a secret is more than its prefix', async (t) => {
  const sensitive = { prefix: 'sk_live_', sensitive: true };
  t.match(about(sensitive, 'sk_live_').join('\n'), /is only the prefix "sk_live_"|placeholder/);
  t.same(about({ prefix: 'https://' }, 'https://'), []);
  t.match(about(sensitive, 'sk_live_CHANGE_ME'), [/is a placeholder/], 'a placeholder that has the prefix');
  t.match(about(sensitive, 'CHANGE_ME'), [/is a placeholder/], 'one finding about a placeholder');
});

t.test('enum: names the texts of a key that is not sensitive', async (t) => {
  t.same(about({ enum: ['debug', 'info', 'warn'] }, 'info'), []);
  t.same(about({ enum: ['debug', 'info', 'warn'] }, 'Info'), [
    'K: is none of the texts that the policy allows [lockstep/enum]: set one of "debug", "info", "warn"',
  ]);
  t.match(about({ enum: ['on'] }, 'off'), [/: set "on"$/]);
  const many = Array.from({ length: 64 }, (_, index) => `choice-${index}`);
  t.match(about({ enum: many }, 'x'), [
    /set one of "choice-0", .*, "choice-9" and 54 more texts of the policy$/,
  ]);
  t.match(about({ enum: ['on'] }, 'on'.repeat(100_000)), [/enum/]);
  t.match(about({ enum: ['on'] }, Buffer.from([0xff])), [/enum/]);
});

t.test('enum: names no text of a sensitive key, which could be a secret', async (t) => {
  const [one, other, third] = [GOOD.password, GOOD.other, GOOD.key];
  t.same(about({ sensitive: true, enum: [one, other] }, one), []);
  t.same(about({ sensitive: true, enum: [one, other] }, third), [
    'K: is none of the texts that the policy allows [lockstep/enum]: set one of those texts',
  ]);
});

t.test('pattern: shows the expression of a key that is not sensitive', async (t) => {
  const pattern = '^[a-z]{2}-[a-z]+-[0-9]$';
  t.same(about({ pattern }, 'eu-central-1'), []);
  t.same(about({ pattern }, 'Frankfurt'), [
    `K: does not match the pattern "${pattern}" [lockstep/pattern]: set a value that matches it`,
  ]);
  t.same(about({ pattern: `^${GOOD.password}$`, sensitive: true }, GOOD.key), [
    'K: does not match the pattern of the policy [lockstep/pattern]: set a value that matches it',
  ]);
  t.match(about({ pattern: '.' }, Buffer.from([0xff])), [/does not match/], 'no text matches no pattern');
});

t.test('pattern: is not asked of a value that is too long for it', async (t) => {
  const sentence =
    'K: is too long for the pattern "^a+$", which is asked of at most 2048 characters [lockstep/pattern]: set a value that matches it';
  t.same(about({ pattern: '^a+$' }, 'a'.repeat(2048)), []);
  t.same(about({ pattern: '^a+$' }, 'a'.repeat(2049)), [sentence]);
  t.same(about({ pattern: '^a+$' }, 'a'.repeat(1_000_000)), [sentence]);
  t.same(about({ pattern: '^🔑+$' }, '🔑'.repeat(2048)), [], 'a character counts once');
});

const FORMS = { maxLength: 5, prefix: 'app_', enum: ['app_1'], pattern: '^app_[0-9]$' };

t.test('an empty or missing value is the concern of other rules', async (t) => {
  t.same(about(FORMS, ''), []);
  t.match(about({ ...FORMS, required: true }, ''), [/lockstep\/empty/]);
  const policy = aPolicy('p', { keys: { K: { ...FORMS, required: true } } });
  t.same(reportedFindings(validatedOnly(aCreate({ A: 'b' }), [policy])), ['Enforce K required']);
});

t.test('the rules speak of an alias, and follow its action and its exceptions', async (t) => {
  const keys = { K: { pattern: '^a$', aliases: ['k-1'], action: 'Warn' } };
  const exceptions = [{ namespace: 'legacy', name: '*', keys: ['K'], reason: 'OPS-1', until: '2999-01-01' }];
  const policy = aPolicy('p', { keys, exceptions });
  t.same(reportedFindings(validatedOnly(aCreate({ 'k-1': 'b' }), [policy])), ['Warn k-1 pattern']);
  const { findings } = validatedOnly(aCreate({ 'k-1': 'b' }, { namespace: 'legacy' }), [policy]);
  t.match(findings, [{ key: 'k-1', rule: 'pattern', action: 'Audit' }]);
});

t.test('on UPDATE only a changed value is refused', async (t) => {
  const policy = aPolicy('p', { keys: { K: { prefix: 'app_', pattern: '_' }, B: {} } });
  t.same(reportedFindings(validatedOnly(anUpdate({ K: 'x', B: '1' }, { K: 'x', B: '2' }), [policy])), [
    'Warn K pattern',
    'Warn K prefix',
  ]);
  t.same(reportedFindings(validatedOnly(anUpdate({ K: 'app_1' }, { K: 'x' }), [policy])), [
    'Enforce K pattern',
    'Enforce K prefix',
  ]);
});

t.test('of two policies the entry of the first decides alone', async (t) => {
  const strict = aPolicy('a', { precedence: 1, keys: { K: { prefix: 'app_' } } });
  const other = aPolicy('b', { keys: { K: { pattern: '^[0-9]+$', maxLength: 1, enum: ['1'] } } });
  t.same(reportedFindings(validatedOnly(aCreate({ K: 'app_x' }), [strict, other])), []);
  t.same(reportedFindings(validatedOnly(aCreate({ K: '1' }), [strict, other])), ['Enforce K prefix']);
});

t.test('a derived value must have the form too', async (t) => {
  const derive = { template: 'redis://:${P}@redis:6379/0' };
  const policy = (entry: object) =>
    aPolicy('p', { keys: { P: {}, URL: { required: true, derive, ...entry } } });
  const found = (entry: object) =>
    reportedFindings(validated(aCreate({ P: GOOD.password }), [policy(entry)]));
  t.same(found({ prefix: 'redis://', pattern: ':6379/', maxLength: 200 }), []);
  t.same(found({ maxLength: 10, pattern: ':6380/' }), ['Enforce URL max-length', 'Enforce URL pattern']);
});

t.test('a generated value has the prefix, and is not refused', async (t) => {
  const entry = { required: true, sensitive: true, prefix: 'app_', minLength: 36, maxLength: 36 };
  const keys = { K: { ...entry, pattern: '^app_[0-9A-Za-z]{32}$', generate: { length: 32 } } };
  const annotations = new Map([['lockstep.dev/generate', 'true']]);
  for (const data of [{ A: 'b' }, { A: 'b', K: '' }]) {
    const decision = validated(aCreate(data, { annotations }), [aPolicy('p', { keys })]);
    t.same(reportedFindings(decision), []);
    t.match(writtenValues(decision), { K: /^app_[0-9A-Za-z]{32}$/ });
  }
});

t.test('no policy with these fields leaves the keys that it does not name alone', async (t) => {
  const policy = aPolicy('p', { unnamedKeys: {}, keys: { K: FORMS } });
  t.same(reportedFindings(validatedOnly(aCreate({ OTHER: 'anything' }), [policy])), []);
});

t.test('the fix of another rule makes no value that the form refuses', async (t) => {
  const fixOf = (entry: object): string => about({ sensitive: true, ...entry }, 'CHANGE_ME').join();
  t.match(fixOf({}), /e\.g\. openssl rand -base64 48$/);
  t.match(fixOf({ prefix: 'app_' }), /set a generated value, in the form that its policy asks for$/);
  t.match(fixOf({ pattern: '_' }), /in the form that its policy asks for$/);
  t.match(fixOf({ enum: ['CHANGE_ME'] }), /in the form that its policy asks for$/);
  t.match(fixOf({ maxLength: 72 }), /-base64 48$/);
  t.match(fixOf({ maxLength: 32 }), /-base64 24$/);
  t.match(fixOf({ maxLength: 33, minLength: 33 }), /in the form that its policy asks for$/);
});

t.test('in an owned Secret the fix names the place in which its owner finds the value', async (t) => {
  const external = { labels: new Map([['reconcile.external-secrets.io/managed', 'true']]) };
  const found = about(FORMS, 'value_1', external);
  t.equal(found.length, 4);
  for (const sentence of found) t.match(sentence, / in the store that the ExternalSecret reads$/);
});
