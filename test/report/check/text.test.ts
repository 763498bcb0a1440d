import t from 'tap';
import { text } from '../../../src/report/check/text.ts';
import { aCheckedSecret, EVERYTHING, HOSTILE } from '../../helpers/commands/check-report.ts';

const plain = { colour: false, strict: false };

t.test('file by file: where, how grave, what, the rule, and what to do', async (t) => {
  t.equal(
    text(EVERYTHING, plain),
    `k8s/app.yaml
  Secret recon/app: denied
    k8s/app.yaml:9:3   warning  TITLE holds a character outside ASCII [non-ascii]
                                spell it out
    k8s/app.yaml:10:5  note     lockstep will correct DATABASE_URL to match its base keys [mismatch]
                                run lockstep render
    k8s/app.yaml:12:3  error    JWT_SECRET is a placeholder [placeholder]
                                set a generated value, e.g. openssl rand -base64 48
  k8s/app.yaml:30  error  is no valid YAML: a bracket is not closed

k8s/mended.yaml
  Secret recon/mended: allowed, once lockstep has corrected it
    k8s/mended.yaml:2:1  note     lockstep will add DATABASE_URL, computed from its base keys [derived]
                                  run lockstep render

k8s/clean.yaml
  Secret recon/whole: allowed
    k8s/clean.yaml:9:3  note     the Secret has a copy [exposed-annotation]
                                 remove it

absent.yaml
  absent.yaml  error  does not exist

k8s/kustomization.yaml
  hint: is a kustomization: kubectl kustomize k8s | lockstep check -

5 Secrets in 4 files: 1 denied, 1 to fix, 2 allowed, 1 skipped; 2 errors in reading
`,
  );
});

t.test('reports a correctable value as an error under --strict', async (t) => {
  t.match(
    text(EVERYTHING, { colour: false, strict: true }),
    /mended\.yaml:2:1 {2}error {4}lockstep will add/,
  );
});

t.test('colour changes nothing but colour', async (t) => {
  const coloured = text(EVERYTHING, { colour: true, strict: false });
  t.match(coloured, /\u001b\[31merror/);
  t.equal(coloured.replaceAll(/\u001b\[\d+m/g, ''), text(EVERYTHING, plain));
});

t.test('prints one line for clean files', async (t) => {
  const report = { secrets: [aCheckedSecret()], errors: [], hints: [] };
  t.equal(text(report, plain), '1 Secret in 1 file: 1 allowed\n');
  t.equal(text({ ...report, secrets: [] }, plain), 'no Secret was found\n');
});

t.test('no name of a file or a key moves the cursor or starts a line', async (t) => {
  t.notMatch(text(HOSTILE, plain), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
  t.notMatch(text(HOSTILE, plain), /^::/m);
});
