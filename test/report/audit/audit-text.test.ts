import t from 'tap';
import type { AuditResult } from '../../../src/engine/diagnosis/audit/audit.ts';
import type { AuditReport } from '../../../src/report/audit/audit-report.ts';
import { auditText } from '../../../src/report/audit/audit-text.ts';
import { aChange, aFinding, anAudited, anEnd } from '../../helpers/commands/audited.ts';

function written(audited: readonly AuditResult[], end: Partial<AuditReport> = {}, colour = false): string {
  const reporter = auditText(colour);
  return [...audited.map(reporter.secret), reporter.finish(anEnd(audited, end))].join('');
}

const EVERYTHING = [
  anAudited({
    findings: [aFinding(), aFinding({ action: 'Warn', rule: 'weak', key: 'API_KEY', message: 'is weak' })],
  }),
  anAudited({ ref: 'shop/clean' }),
  anAudited({
    ref: 'shop/recorded',
    findings: [aFinding({ action: 'Audit', key: '', message: 'has a copy' })],
  }),
  anAudited({ ref: 'web/app', changes: [aChange(), aChange({ key: 'URL', reason: 'derived' })] }),
  anAudited({ ref: 'quiet/app' }),
];

t.test('prints findings by namespace and Secret, then the counts', async (t) => {
  t.equal(
    written(EVERYTHING, {
      policies: [
        { name: 'jwt-keys', source: 'built-in', actions: ['Enforce'] },
        { name: 'shop', source: 'cluster', actions: ['Warn'] },
      ],
    }),
    `shop
  Secret shop/app: would be denied
    error    JWT_SECRET is a placeholder [placeholder, jwt-keys]
             set a generated value, e.g. openssl rand -base64 48
    warning  API_KEY is weak [weak, jwt-keys]
             set a generated value, e.g. openssl rand -base64 48
  Secret shop/recorded: would be allowed
    note     the Secret has a copy [placeholder, jwt-keys]
             set a generated value, e.g. openssl rand -base64 48

web
  Secret web/app: would be mutated, and then allowed
    note     lockstep would correct DATABASE_URL: password now follows POSTGRES_PASSWORD [mismatch]
             see lockstep heal web/app --dry-run
    note     lockstep would add URL: password now follows POSTGRES_PASSWORD [derived]
             see lockstep heal web/app --dry-run

By namespace     denied  warned  recorded  mutated  Secrets
  shop                1       -         1        -        3
    placeholder       1       -         1
    weak              -       1         -
  web                 -       -         -        1        1

By policy              denied  warned  recorded  Secrets
  jwt-keys (built-in)       1       -         1        5
    placeholder             1       -         1
    weak                    -       1         -
    in shop                 1       -         1
  1 other policy matches no Secret

5 Secrets in 3 namespaces validated: 1 would be denied, 1 mutated
`,
  );
});

t.test('the tables leave out columns without a number and policies without a Secret', async (t) => {
  const policies = ['a', 'b', 'c'].map((name) => ({
    name,
    source: 'built-in' as const,
    actions: ['Enforce' as const],
  }));
  const text = written([anAudited({ policies: ['a'], findings: [aFinding({ policy: 'a' })] })], { policies });
  t.equal(
    text.slice(text.indexOf('By namespace')),
    `By namespace     denied  Secrets
  shop                1        1
    placeholder       1

By policy        denied  Secrets
  a (built-in)        1        1
    placeholder       1
    in shop           1
  2 other policies match no Secret

1 Secret in 1 namespace validated: 1 would be denied
`,
  );
  t.match(written([], { policies }), /^By policy {2}Secrets\n {2}3 policies match no Secret\n/);
});

t.test('no command is named for a correction that lockstep heal does not make', async (t) => {
  t.notMatch(written([anAudited({ changes: [aChange({ reason: 'quoted' })] })]), 'lockstep heal');
});

t.test('a finding that only records is listed for three Secrets, and counted for the others', async (t) => {
  const copy = aFinding({ rule: 'exposed-annotation', action: 'Audit', key: '', message: 'has a copy' });
  const many = Array.from({ length: 9 }, (_, place) =>
    anAudited({ ref: `shop/app-${place}`, findings: place < 5 ? [copy, copy] : [copy, aFinding()] }),
  );
  const text = written(many);
  t.equal(text.match(/the Secret has a copy/g)?.length, 6);
  t.same(
    [...text.matchAll(/Secret shop\/(\S+):/g)].map(([, name]) => name),
    ['app-0', 'app-1', 'app-2', 'app-5', 'app-6', 'app-7', 'app-8'],
    'a Secret without another finding is not listed',
  );
  t.match(text, /^note: 6 more Secrets have the finding exposed-annotation; --format json lists each$/m);
  t.match(text, /^ {4}exposed-annotation +- +9$/m, 'the table counts each');
});

t.test('a fault is listed for each Secret, also under --max-action Audit', async (t) => {
  const many = Array.from({ length: 9 }, () => anAudited({ findings: [aFinding({ action: 'Audit' })] }));
  t.equal(written(many).match(/JWT_SECRET is a placeholder/g)?.length, 9);
});

t.test('a summary has no note about findings that are not listed', async (t) => {
  const copy = aFinding({ rule: 'exposed-annotation', action: 'Audit' });
  const many = Array.from({ length: 9 }, () => anAudited({ findings: [copy] }));
  t.notMatch(written(many, { isSummary: true }), 'more Secret');
});

t.test('says where to change a Secret that a controller writes', async (t) => {
  const text = written([anAudited({ controller: 'ExternalSecret/db', findings: [aFinding()] })]);
  t.match(
    text,
    '  Secret shop/app: would be denied\n    owned by ExternalSecret/db: change it there\n    error    JWT_SECRET',
  );
});

t.test('the last line in each case', async (t) => {
  const lastOf = (audited: readonly AuditResult[], end: Partial<AuditReport> = {}) =>
    written(audited, end).trimEnd().split('\n').at(-1);
  t.equal(lastOf([]), 'no Secret to validate was found');
  t.equal(lastOf([anAudited()]), '1 Secret in 1 namespace validated: all would be allowed as they are');
  t.equal(
    lastOf([anAudited({ findings: [aFinding({ action: 'Warn' })] })]),
    '1 Secret in 1 namespace validated: 1 would be warned of',
  );
  t.equal(
    lastOf([anAudited()], { errors: ['the line is cut'] }),
    '1 Secret in 1 namespace validated: all would be allowed as they are; not all could be read',
  );
});

t.test('counts Secrets that are not validated separately', async (t) => {
  const skipped = anAudited({ isSkipped: true });
  t.match(
    written([anAudited(), skipped]),
    /1 Secret in 1 namespace validated: .*; 1 excluded from validation\n$/,
  );
  t.match(written([skipped, skipped]), /\nno Secret to validate was found; 2 excluded from validation\n$/);
});

t.test(
  'of a policy that finds fault everywhere the worst places are told, and how many others',
  async (t) => {
    const audited = Array.from({ length: 15 }, (_, place) =>
      Array.from({ length: place + 1 }, () =>
        anAudited({ ref: `team-${place}/app`, findings: [aFinding()] }),
      ),
    );
    const [, policies = ''] = written(audited.flat()).split('By policy');
    const places = [...policies.matchAll(/^ {4}in (.+?) +(\d+)$/gm)].map(
      ([, where, denied]) => `${where} ${denied}`,
    );
    t.equal(places.length, 11);
    t.same([places[0], places[9], places[10]], ['team-14 15', 'team-5 6', '5 other namespaces 15']);
  },
);

t.test('reports read errors and possible gaps before the last line', async (t) => {
  const text = written([anAudited()], { errors: ['the line is cut'], isMixed: true });
  t.match(
    text,
    /\nnote: reading took longer than the API server keeps its history, so that later writes may be missing\nerror: the line is cut\n1 Secret/,
  );
});

t.test('escapes foreign names and messages for a terminal', async (t) => {
  const hostile = '\u001b[31m\n\u202e';
  const text = written(
    [
      anAudited({
        ref: `${hostile}/${hostile}`,
        policies: [hostile],
        findings: [aFinding({ key: hostile, message: hostile, fix: hostile, policy: hostile })],
        changes: [aChange({ key: hostile })],
      }),
    ],
    { policies: [{ name: hostile, source: 'cluster', actions: ['Enforce'] }], errors: [hostile] },
  );
  t.notMatch(text, /[\u001b\u202e]/);
  t.equal(text.split('\n').filter((line) => line.includes('\\u001b[31m\\u000a')).length, 10);
});

t.test('colour is added, and nothing else', async (t) => {
  const coloured = written(EVERYTHING, {}, true);
  t.match(coloured, '\u001b[31merror');
  t.equal(coloured.replaceAll(/\u001b\[\d+m/g, ''), written(EVERYTHING));
});

t.test('prints no value of a changed key', async (t) => {
  t.notMatch(written(EVERYTHING), 'canary');
});
