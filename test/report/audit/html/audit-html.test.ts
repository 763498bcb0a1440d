import { createHash } from 'node:crypto';
import t from 'tap';
import { aChange, aFinding, anAudited } from '../../../helpers/commands/audited.ts';
import { auditedCluster, writtenReport } from '../../../helpers/report/audited-cluster.ts';
import { hostileAudit } from '../../../helpers/report/hostile-audit.ts';

const scripts = (page: string): readonly string[] =>
  [...page.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, text = '']) => text);

/** The rows, as the script of the page reads them. */
const rowsOf = (page: string) => JSON.parse(scripts(page)[0] ?? '');

t.test('has one row for each Secret with a result', async (t) => {
  const page = await writtenReport('html', [
    anAudited({ findings: [aFinding()] }),
    anAudited({ ref: 'shop/clean' }),
    anAudited({ ref: 'shop/other', findings: [aFinding({ action: 'Warn' })], changes: [aChange()] }),
  ]);
  const placeholder = {
    rule: 'placeholder',
    policy: 'jwt-keys',
    text: 'JWT_SECRET is a placeholder',
    fix: 'set a generated value, e.g. openssl rand -base64 48',
  };
  t.same(rowsOf(page), [
    {
      kind: 'Secret',
      namespace: 'shop',
      name: 'app',
      owner: '',
      remarks: [{ outcome: 'denied', ...placeholder }],
    },
    {
      kind: 'Secret',
      namespace: 'shop',
      name: 'other',
      owner: '',
      remarks: [
        { outcome: 'warned', ...placeholder },
        {
          outcome: 'mutated',
          rule: 'mismatch',
          policy: '',
          text: 'lockstep would correct DATABASE_URL: password now follows POSTGRES_PASSWORD',
          fix: 'see lockstep heal shop/other --dry-run',
        },
      ],
    },
  ]);
});

t.test('allows its own script and style, and nothing else', async (t) => {
  const page = await writtenReport('html', [anAudited({ findings: [aFinding()] })]);
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1]?.replaceAll('&#39;', "'") ?? '';
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? '';
  t.match(policy, "default-src 'none'");
  t.match(policy, `script-src ${hash(scripts(page)[1] ?? '')};`);
  t.match(policy, `style-src ${hash(style)};`);
  t.notMatch(policy, 'unsafe');
  t.notMatch(page, /<(?:link|img|iframe|object|embed|base)\b|<script[^>]* src|@import|url\(/);
  t.notMatch(page.replace(/<script[\s\S]*?<\/script>/g, ''), /\son\w+=|\sstyle=/);
});

t.test('holds the summary, the heat map, policies and rules without a script', async (t) => {
  const page = await writtenReport('html', auditedCluster({ secrets: 300, namespaces: 9, faulty: 50 }));
  const still = page.replace(/<script[\s\S]*?<\/script>/g, '');
  for (const text of [
    /\d+ of 300 Secrets would be denied/,
    /<th scope="row">shop-1<\/th><td class="number">34<\/td>/,
    /<span class="tile tone-denied level-4">/,
    /<th scope="row">payments<\/th><td>cluster<\/td><td>Warn<\/td>/,
    /docs\/reference\/rules\.md#placeholder/,
    /The list needs JavaScript/,
    /https:\/\/k8s\.example\.com:6443/,
    /2026-11-28 09:30 UTC/,
    /<dd>0\.1\.0<\/dd>/,
  ])
    t.match(still, text);
});

t.test('says so if there is nothing to fix, no Secret, only counts, or only a part', async (t) => {
  const clean = await writtenReport('html', [anAudited(), anAudited({ ref: 'shop/b' })]);
  t.match(clean, /All 2 Secrets are fine as they are/);
  t.match(clean, /Nothing to fix: no Secret has a finding/);
  t.match(clean, /No rule found a fault in any namespace/);
  t.match(await writtenReport('html', []), /No Secret to validate was found/);
  const counts = await writtenReport('html', [anAudited({ findings: [aFinding()] })], { isSummary: true });
  t.match(counts, /1 of 1 Secrets would be denied[\s\S]*This report has only the counts/);
  t.same(rowsOf(counts), []);
  const part = await writtenReport('html', [anAudited()], { errors: ['the list was cut'] });
  t.match(part, /This report is incomplete[\s\S]*<li>the list was cut<\/li>/);
});

t.test('shows foreign texts as text', async (t) => {
  const { audited, report, header } = hostileAudit();
  const page = await writtenReport('html', audited, report, header);
  const [rows = '', script = '', ...others] = scripts(page);
  t.same(others, []);
  t.doesNotThrow(() => JSON.parse(rows));
  t.notMatch(rows, '<');
  t.equal(page.split('<script').length, 3);
  const still = page.replace(script, '').replace(/<script[\s\S]*?<\/script>/g, '');
  t.notMatch(still, /<(?:b|img|!--)[ >]/);
  t.match(still, '&lt;script&gt;globalThis.hacked');
  t.notMatch(page.replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
});

t.test('prints no value of a changed key', async (t) => {
  const audited = [anAudited({ findings: [aFinding()], changes: [aChange()] })];
  t.notMatch(await writtenReport('html', audited), 'canary');
});
