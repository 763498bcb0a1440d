import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import t from 'tap';
import { github } from '../../../src/report/check/github.ts';
import { json } from '../../../src/report/check/json.ts';
import { junit } from '../../../src/report/check/junit.ts';
import { sarif } from '../../../src/report/check/sarif.ts';
import { text } from '../../../src/report/check/text.ts';
import type { CheckReport } from '../../../src/report/check-report.ts';
import { aCheckedSecret, aCheckFinding, EVERYTHING } from '../../helpers/commands/check-report.ts';

const options = { colour: false, strict: false };
const byComment = { kind: 'inSource', reason: 'OPS-412' } as const;
const byBaseline = { kind: 'external', reason: undefined } as const;

const ACCEPTED: CheckReport = {
  secrets: [
    aCheckedSecret({
      findings: [aCheckFinding({ key: 'TITLE', rule: 'non-ascii', action: 'Warn', message: 'is no ASCII' })],
      suppressed: [{ ...aCheckFinding(), suppression: byComment }],
      changes: [
        {
          key: 'URL',
          reason: 'mismatch',
          effect: 'password now follows PASSWORD',
          line: 10,
          column: 3,
          suppression: byBaseline,
        },
      ],
    }),
  ],
  objects: [
    {
      kind: 'Deployment',
      ref: 'recon/api',
      file: 'k8s/api.yaml',
      line: 1,
      findings: [],
      suppressed: [
        { ...aCheckFinding({ rule: 'missing-reference', key: '', action: 'Warn' }), suppression: byBaseline },
      ],
    },
  ],
  errors: [],
  hints: [],
  baseline: {
    file: 'baseline.json',
    obsolete: [{ file: 'k8s/old.yaml', kind: undefined, ref: 'recon/old', key: 'TOKEN', rule: 'weak' }],
  },
};

t.test('text: a count, where, and that the cluster still refuses the Secret', async (t) => {
  t.equal(
    text(ACCEPTED, options),
    `k8s/app.yaml
  Secret recon/app: denied by the cluster, accepted here
    9:3  warning  TITLE is no ASCII [non-ascii]
                  set a generated value, e.g. openssl rand -base64 48

hint: 1 finding accepted by comments: k8s/app.yaml:9
hint: 2 findings accepted by the baseline: k8s/app.yaml:10, and 1 more
hint: the cluster reads no comment and no baseline, and still refuses 1 Secret:
      recon/app. An exception of the policy permits it there
hint: 1 entry of baseline.json without a finding: recon/old TOKEN weak in
      k8s/old.yaml. --write-baseline removes it

1 Secret in 1 file: 1 allowed; 3 findings accepted
`,
  );
});

t.test('json: accepted findings are apart, and the entries without a finding are listed', async (t) => {
  const { secrets, objects, baseline } = JSON.parse(json(ACCEPTED, options));
  t.match(secrets[0], {
    findings: [{ rule: 'non-ascii' }],
    suppressed: [
      { rule: 'placeholder', key: 'JWT_SECRET', action: 'Enforce', line: 9, suppression: byComment },
    ],
    changes: [{ key: 'URL', reason: 'mismatch', suppression: { kind: 'external' } }],
  });
  t.match(objects, [{ findings: [], suppressed: [{ suppression: { kind: 'external' } }] }]);
  t.same(baseline, {
    file: 'baseline.json',
    obsolete: [{ file: 'k8s/old.yaml', ref: 'recon/old', key: 'TOKEN', rule: 'weak' }],
  });
  const without = JSON.parse(json(EVERYTHING, options));
  t.same(without.secrets[0].suppressed, []);
  t.notOk('baseline' in without);
});

t.test('sarif: each accepted result has a suppression of its kind, as the schema has it', async (t) => {
  const {
    $schema: _,
    id: __,
    ...schema
  } = JSON.parse(readFileSync(new URL('../../data/sarif-schema-2.1.0.json', import.meta.url), 'utf8'));
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  const log = JSON.parse(sarif(ACCEPTED, options));
  validate(log);
  t.same(validate.errors ?? [], []);
  const [{ results, invocations }] = log.runs;
  t.same(
    results.map(({ ruleId, suppressions }: { ruleId: string; suppressions: unknown }) => [
      ruleId,
      suppressions,
    ]),
    [
      ['non-ascii', []],
      ['placeholder', [{ kind: 'inSource', status: 'accepted', justification: 'OPS-412' }]],
      ['mismatch', [{ kind: 'external', status: 'accepted' }]],
      ['missing-reference', [{ kind: 'external', status: 'accepted' }]],
    ],
  );
  t.match(invocations[0].toolExecutionNotifications, [{ level: 'note', message: { text: /recon\/old/ } }]);
  const other = JSON.parse(sarif(EVERYTHING, options));
  t.notMatch(JSON.stringify(other), /suppressions/);
  t.same(
    other.runs[0].invocations[0].toolExecutionNotifications.map(
      ({ message }: { readonly message: { readonly text: string } }) => message.text,
    ),
    [
      '1 kustomization: kubectl kustomize k8s | lockstep check -',
      '5 Secrets in 4 files: 1 denied, 1 mutated, 2 allowed, 1 skipped; 1 missing reference; 2 errors in reading',
    ],
  );
});

t.test('junit: a Secret that only accepted findings keep from failing is skipped', async (t) => {
  const xml = junit(ACCEPTED, options);
  t.match(xml, /tests="4" failures="0" errors="0" skipped="1"/);
  t.match(xml, '<skipped message="JWT_SECRET is a placeholder: accepted by a comment: OPS-412"/>');
  t.match(xml, /error: JWT_SECRET is a placeholder \[placeholder\]: accepted by a comment: OPS-412/);
  t.match(xml, /name="Deployment recon\/api".*\n.*warning: .*accepted by the baseline<\/system-out>/);
  t.match(xml, /name="Baseline" file="baseline\.json">\n.*recon\/old TOKEN weak/);
});

t.test('github: an accepted finding is a notice, after all others', async (t) => {
  const lines = github(ACCEPTED, options).trim().split('\n');
  t.same(
    lines.map((line) => line.replace(/ .*/, '')),
    ['::warning', '::notice', '::notice', '::notice', '::notice', '1'],
  );
  t.match(lines[1], /line=9,.*title=lockstep\/placeholder::.*accepted by a comment: OPS-412$/);
});
