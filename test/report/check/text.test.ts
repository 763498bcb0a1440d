import t from 'tap';
import { text } from '../../../src/report/check/text.ts';
import { aCheckedSecret, EVERYTHING, HOSTILE } from '../../helpers/commands/check-report.ts';

const plain = { colour: false, strict: false };

t.test('file by file: where, how grave, what, the rule, and what to do', async (t) => {
  t.equal(
    text(EVERYTHING, plain),
    `k8s/app.yaml
  Secret recon/app: denied
    9:3   warning  TITLE holds a character outside ASCII [non-ascii]
                   spell it out
    10:5  note     lockstep will correct DATABASE_URL: password now follows
                   POSTGRES_PASSWORD [mismatch]
                   run lockstep render
    12:3  error    JWT_SECRET is a placeholder [placeholder] (policy jwt-keys)
                   set a generated value, e.g. openssl rand -base64 48
  30  error  is no valid YAML: a bracket is not closed

k8s/mended.yaml
  Secret recon/mended: allowed, once lockstep has mutated it
    2:1  note     lockstep will add DATABASE_URL: derived from POSTGRES_PASSWORD
                  [derived]
                  run lockstep render

k8s/clean.yaml
  Secret recon/whole: allowed
    9:3  note     the Secret has a copy [exposed-annotation]
                  remove it

k8s/api.yaml
  Deployment recon/api
    20:15  warning  the variable DATABASE_URL: the Secret app has no key
                    DATABASE_URI [missing-reference]
                    did you mean DATABASE_URL?

absent.yaml
  error  does not exist

hint: 1 kustomization: kubectl kustomize k8s | lockstep check -

5 Secrets in 4 files: 1 denied, 1 mutated, 2 allowed, 1 skipped; 1 missing reference; 2 errors in reading
`,
  );
});

t.test('reports a correctable value as an error under --strict', async (t) => {
  t.match(
    text(EVERYTHING, { colour: false, strict: true }),
    /mended\.yaml\n.*\n {4}2:1 {2}error {4}lockstep will add/,
  );
});

t.test('colour changes nothing but colour', async (t) => {
  const coloured = text(EVERYTHING, { colour: true, strict: false });
  t.match(coloured, /\u001b\[31merror/);
  t.equal(coloured.replaceAll(/\u001b\[\d+m/g, ''), text(EVERYTHING, plain));
});

t.test('prints one line for clean files', async (t) => {
  const report = { secrets: [aCheckedSecret()], objects: [], errors: [], hints: [] };
  t.equal(text(report, plain), '1 Secret in 1 file: 1 allowed\n');
  t.equal(text({ ...report, secrets: [] }, plain), 'no Secret was found\n');
});

t.test('no name of a file or a key moves the cursor or starts a line', async (t) => {
  t.notMatch(text(HOSTILE, plain), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
  t.notMatch(text(HOSTILE, plain), /^::/m);
});

const MAX_COLUMNS = 80;

t.test('wraps between words at 80 columns, and never within a command', async (t) => {
  const command = `lockstep generate --policy shop --into ${'folder/'.repeat(9)}app.yaml --replace-placeholders`;
  const finding = { rule: 'placeholder', key: 'K', action: 'Enforce', line: 1000, column: 3 } as const;
  const long = aCheckedSecret({
    findings: [
      {
        ...finding,
        message: 'is a word '.repeat(30),
        fix: `set ${'another value '.repeat(20)}, e.g. ${command}`,
      },
      { ...finding, message: 'x'.repeat(200), fix: 'y' },
    ],
  });
  const errors = [{ file: 'k8s/app.yaml', line: 5, message: 'is no valid YAML '.repeat(20) }];
  const lines = text({ secrets: [long], objects: [], errors, hints: [] }, plain).split('\n');
  const tooLong = lines.filter(({ length }) => length > MAX_COLUMNS).map((line) => line.trim());
  t.same(tooLong, [command, `K ${'x'.repeat(200)} [placeholder]`.split(' ')[1]]);
});

t.test('one line for each kind of hint and each reason, with a count', async (t) => {
  const secrets = Array.from({ length: 71 }, (_, index) =>
    aCheckedSecret({ ref: `a/s${index}`, verdict: 'skip', skipReason: 'encrypted by SOPS' }),
  );
  const hints = Array.from({ length: 201 }, (_, index) => [
    { file: `charts/a/templates/${index}.yaml`, kind: 'chart', target: 'charts/a' } as const,
    { file: `docs/${index}.yaml`, kind: 'no-manifest', line: index } as const,
  ]).flat();
  t.equal(
    text({ secrets, objects: [], errors: [], hints }, plain),
    `hint: 201 chart templates: helm template charts/a | lockstep check -
hint: 201 files without valid YAML or a Secret: docs/0.yaml:0, and 200 more
hint: 71 Secrets not validated, encrypted by SOPS: a/s0, and 70 more

71 Secrets in 1 file: 71 skipped
`,
  );
});
