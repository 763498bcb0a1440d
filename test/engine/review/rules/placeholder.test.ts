import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  aCreate,
  GOOD,
  reportedFindings,
  STORY,
  STORY_URL,
  validated,
} from '../../../helpers/engine/engine.ts';

const published: Record<string, readonly string[]> = JSON.parse(
  readFileSync(new URL('../../../data/published-values.json', import.meta.url), 'utf8'),
);

t.test('the key of an emulator is reported, and never refused', async (t) => {
  const keys = Object.entries(published).flatMap(([source, values]) =>
    source.startsWith('emulators') ? values : [],
  );
  t.ok(keys.length > 3);
  for (const key of keys)
    t.same(reportedFindings(validated(aCreate({ STORAGE_SECRET_KEY: key }, { name: 'cloud' }))), [
      'Warn STORAGE_SECRET_KEY placeholder',
    ]);
});

t.test('another published value is refused', async (t) => {
  const values = published['documentation of AWS, MinIO']!;
  t.ok(values.length > 3);
  for (const value of values)
    t.same(reportedFindings(validated(aCreate({ STORAGE_SECRET_KEY: value }, { name: 'cloud' }))), [
      'Enforce STORAGE_SECRET_KEY placeholder',
    ]);
});

const urlWith = (password: string): string => STORY_URL.replace(GOOD.password, password);
const DATABASE_URL = 'DATABASE_URL';

t.test('a URL with a password of its own is reported next to a refused base key', async (t) => {
  const both = ['Enforce POSTGRES_PASSWORD placeholder', 'Warn DATABASE_URL placeholder'];
  for (const [base, own] of [
    ['CHANGE_ME', 'CHANGE_ME'],
    ['CHANGE_ME', 'another-changeme'],
    ['postgres-password', 'postgres-password'],
    ['recon123', 'recon123'],
  ] as const) {
    const decision = validated(
      aCreate({ ...STORY, POSTGRES_PASSWORD: base, DATABASE_URL: urlWith(own) }, { name: 'recon-secrets' }),
    );
    t.same(reportedFindings(decision).toSorted(), both, own);
  }
});

t.test('the fix of such a URL asks for nothing, where lockstep corrects the URL', async (t) => {
  const data = { ...STORY, POSTGRES_PASSWORD: 'CHANGE_ME', DATABASE_URL: urlWith('CHANGE_ME') };
  const fixIn = (secret: object): string | undefined =>
    validated(aCreate(data, secret)).findings.find(({ key }) => key === DATABASE_URL)?.fix;
  t.equal(fixIn({}), 'it follows once POSTGRES_PASSWORD is right');
  const owned = { labels: new Map([['reconcile.external-secrets.io/managed', 'true']]) };
  t.match(fixIn(owned), /^put the real password into the URL in the store/);
});

t.test('next to a sound base key the password of a URL is corrected, not reported', async (t) => {
  t.same(reportedFindings(validated(aCreate({ ...STORY, DATABASE_URL: urlWith('CHANGE_ME') }))), []);
});

t.test('a sound password in a URL is not reported for the base key', async (t) => {
  const data = { ...STORY, POSTGRES_PASSWORD: 'CHANGE_ME', DATABASE_URL: STORY_URL };
  t.same(reportedFindings(validated(aCreate(data))), ['Enforce POSTGRES_PASSWORD placeholder']);
});

t.test('the null of a template of Laravel is reported, and refused in any other Secret', async (t) => {
  const laravel = { APP_KEY: 'base64:q7LmT2xKr9WcZ4nB8sVd0Qm4vT1xLr9KcW4nB8sZd0A=', REDIS_PASSWORD: 'null' };
  const found = (data: Record<string, string>) =>
    reportedFindings(validated(aCreate(data, { name: 'shop' })));
  t.same(found(laravel), ['Warn REDIS_PASSWORD placeholder']);
  t.same(found({ ...laravel, APP_KEY: GOOD.password }), ['Enforce REDIS_PASSWORD placeholder']);
  t.same(found({ ...laravel, REDIS_PASSWORD: 'changeme' }), ['Enforce REDIS_PASSWORD placeholder']);
  const url = 'redis://:Vq7mT2xLr9KcW4nB8sZd@redis:6379';
  t.same(
    validated(aCreate({ ...laravel, REDIS_URL: url }, { name: 'shop' })).changes,
    [],
    'no URL follows it',
  );
});
