import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import t from 'tap';
import { ruleTexts } from '../../../src/engine/review/rules/manifest-rules.ts';
import { sarif } from '../../../src/report/check/sarif.ts';
import { aCheckedSecret, aCheckFinding, EVERYTHING, HOSTILE } from '../../helpers/commands/check-report.ts';
import { HOSTILE_TEXTS } from '../../helpers/report/hostile-audit.ts';

const options = { colour: false, strict: false };

/** The schema is one of JSON Schema draft 4; of what changed since it uses only the name of `id`. */
const { $schema, id, ...schema } = JSON.parse(
  readFileSync(new URL('../../data/sarif-schema-2.1.0.json', import.meta.url), 'utf8'),
);
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(ajv);
const validate = ajv.compile(schema);

t.test('it is SARIF 2.1.0 as the schema has it', async (t) => {
  t.match([$schema, id], [/draft-04/, /sarif-2\.1\.0/]);
  for (const report of [EVERYTHING, HOSTILE, { secrets: [], objects: [], errors: [], hints: [] }]) {
    for (const strict of [false, true]) {
      validate(JSON.parse(sarif(report, { ...options, strict })));
      t.same(validate.errors ?? [], []);
    }
  }
  t.notOk(validate({ version: '2.1.0', runs: [{ results: [] }] }), 'the schema can refuse');
});

const run = (report = EVERYTHING) => JSON.parse(sarif(report, options)).runs[0];

t.test('every rule has a page, and every result a rule', async (t) => {
  const { tool, results } = run();
  const page = readFileSync(new URL('../../../docs/reference/rules.md', import.meta.url), 'utf8');
  const ids = tool.driver.rules.map((rule: { id: string }) => rule.id);
  for (const { id, helpUri, fullDescription } of tool.driver.rules) {
    t.match(helpUri, /^https:\/\/github\.com\/.*\/docs\/reference\/rules\.md/);
    t.ok(fullDescription.text.length > 20);
    t.ok(id === 'derived' || page.includes(`\n## ${id}\n`), id);
  }
  for (const { ruleId } of results) t.ok(ids.includes(ruleId), ruleId);
  t.equal(ids.length, ruleTexts.length + 1);
});

t.test('a result names the policy that asked, and no policy for a rule of the API server', async (t) => {
  const found = run().results.filter(({ properties }: { properties?: object }) => properties !== undefined);
  t.same(
    found.map(({ ruleId, properties }: { ruleId: string; properties: object }) => [ruleId, properties]),
    [['placeholder', { policy: 'jwt-keys' }]],
  );
  t.match(found[0].message.text, / \(policy jwt-keys\)$/);
});

t.test('the level is the action, the place is a relative address', async (t) => {
  const found = run().results.map(
    ({ ruleId, level, locations: [{ physicalLocation }] }: Result) =>
      `${level} ${ruleId} ${physicalLocation.artifactLocation.uri} ${physicalLocation.region?.startLine}:${physicalLocation.region?.startColumn}`,
  );
  t.same(found, [
    'error syntax k8s/app.yaml 30:undefined',
    'error syntax absent.yaml undefined:undefined',
    'warning non-ascii k8s/app.yaml 9:3',
    'note mismatch k8s/app.yaml 10:5',
    'error placeholder k8s/app.yaml 12:3',
    'note derived k8s/mended.yaml 2:1',
    'note exposed-annotation k8s/clean.yaml 9:3',
    'warning missing-reference k8s/api.yaml 20:15',
  ]);
  t.equal(run().invocations[0].executionSuccessful, false);
});

interface Result {
  readonly ruleId: string;
  readonly level: string;
  readonly partialFingerprints: { readonly primaryLocationLineHash: string };
  readonly locations: readonly [
    {
      readonly physicalLocation: {
        readonly artifactLocation: { readonly uri: string };
        readonly region?: { readonly startLine: number; readonly startColumn?: number };
      };
    },
  ];
}

t.test('a fingerprint is of names alone: it stays when the line moves, and no two are alike', async (t) => {
  const prints = (report = EVERYTHING): readonly string[] =>
    run(report).results.map((result: Result) => result.partialFingerprints.primaryLocationLineHash);
  t.equal(new Set(prints()).size, prints().length);
  const moved = {
    ...EVERYTHING,
    secrets: EVERYTHING.secrets.map((secret) => ({
      ...secret,
      findings: secret.findings.map((finding) => ({ ...finding, line: finding.line + 7 })),
    })),
  };
  t.same([...prints(moved)].sort(), [...prints()].sort());
});

t.test('shows foreign texts as text: no link, no control character', async (t) => {
  const secrets = HOSTILE_TEXTS.map((text) =>
    aCheckedSecret({
      ref: text,
      file: `${text}.yaml`,
      verdict: 'deny',
      findings: [aCheckFinding({ key: text, message: text, fix: text, policy: text })],
    }),
  );
  const errors = HOSTILE_TEXTS.map((text) => ({ file: text, line: 1, message: text }));
  const log = JSON.parse(sarif({ secrets, objects: [], errors, hints: [] }, options));
  validate(log);
  t.same(validate.errors ?? [], []);
  const texts = log.runs[0].results.map(({ message }: { message: { text: string } }) => message.text);
  t.equal(texts.length, 2 * HOSTILE_TEXTS.length);
  for (const text of texts) {
    t.notMatch(text, /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/);
    t.notMatch(text, /[^\\]\]\(/, 'the text of a link would be clickable');
  }
  t.ok(texts.some((text: string) => text.includes(HOSTILE_TEXTS[0])));
});
