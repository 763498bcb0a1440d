import t from 'tap';
import { junit } from '../../../src/report/check/junit.ts';
import { EVERYTHING, HOSTILE } from '../../helpers/commands/check-report.ts';

const options = { colour: false, strict: false };

t.test('a suite for each file, a case for each Secret and each error', async (t) => {
  t.equal(
    junit(EVERYTHING, options),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="lockstep check" tests="9" failures="1" errors="2" skipped="1">
  <testsuite name="k8s/app.yaml" tests="2" failures="1" errors="1" skipped="0">
    <testcase classname="k8s/app.yaml" name="can be read" file="k8s/app.yaml" line="30">
      <error message="is no valid YAML: a bracket is not closed"/>
    </testcase>
    <testcase classname="k8s/app.yaml" name="Secret recon/app" file="k8s/app.yaml" line="1">
      <failure message="JWT_SECRET is a placeholder" type="placeholder">k8s/app.yaml:12:3: error: JWT_SECRET is a placeholder [placeholder] (policy jwt-keys): set a generated value, e.g. openssl rand -base64 48</failure>
      <system-out>k8s/app.yaml:9:3: warning: TITLE holds a character outside ASCII [non-ascii]: spell it out
k8s/app.yaml:10:5: note: lockstep will correct DATABASE_URL: password now follows POSTGRES_PASSWORD [mismatch]: run lockstep render</system-out>
    </testcase>
  </testsuite>
  <testsuite name="absent.yaml" tests="1" failures="0" errors="1" skipped="0">
    <testcase classname="absent.yaml" name="can be read" file="absent.yaml">
      <error message="does not exist"/>
    </testcase>
  </testsuite>
  <testsuite name="k8s/mended.yaml" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="k8s/mended.yaml" name="Secret recon/mended" file="k8s/mended.yaml" line="1">
      <system-out>k8s/mended.yaml:2:1: note: lockstep will add DATABASE_URL: derived from POSTGRES_PASSWORD [derived]: run lockstep render</system-out>
    </testcase>
  </testsuite>
  <testsuite name="k8s/clean.yaml" tests="2" failures="0" errors="0" skipped="0">
    <testcase classname="k8s/clean.yaml" name="Secret recon/clean" file="k8s/clean.yaml" line="1"/>
    <testcase classname="k8s/clean.yaml" name="Secret recon/whole" file="k8s/clean.yaml" line="20">
      <system-out>k8s/clean.yaml:9:3: note: the Secret has a copy [exposed-annotation]: remove it</system-out>
    </testcase>
  </testsuite>
  <testsuite name="k8s/sealed.yaml" tests="1" failures="0" errors="0" skipped="1">
    <testcase classname="k8s/sealed.yaml" name="Secret recon/sealed*" file="k8s/sealed.yaml" line="1">
      <skipped/>
    </testcase>
  </testsuite>
  <testsuite name="k8s/api.yaml" tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="k8s/api.yaml" name="Deployment recon/api" file="k8s/api.yaml" line="1">
      <system-out>k8s/api.yaml:20:15: warning: the variable DATABASE_URL: the Secret app has no key DATABASE_URI [missing-reference]: did you mean DATABASE_URL?</system-out>
    </testcase>
  </testsuite>
  <testsuite name="." tests="1" failures="0" errors="0" skipped="0">
    <testcase classname="." name="Summary" file=".">
      <system-out>1 kustomization: kubectl kustomize k8s | lockstep check -
5 Secrets in 4 files: 1 denied, 1 mutated, 2 allowed, 1 skipped; 1 missing reference; 2 errors in reading</system-out>
    </testcase>
  </testsuite>
</testsuites>
`,
  );
});

t.test('reports a correctable value as a failure under --strict', async (t) => {
  t.match(junit(EVERYTHING, { colour: false, strict: true }), /tests="9" failures="3"/);
});

t.test('no name of a file or a key breaks the XML', async (t) => {
  const xml = junit(HOSTILE, options);
  // XML 1.0, 2.2: no other control character may stand in a document, not even as a reference.
  t.notMatch(xml, /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|&#/);
  t.ok(xml.isWellFormed());
  const text = xml.replaceAll(/<[^<>]*>/g, '');
  t.notMatch(text, /[<>]/);
  t.equal(xml.match(/<testcase /g)?.length, 4);
  for (const tag of xml.match(/<[^<>]*>/g) ?? []) {
    t.match(tag, /^<(\?xml [^<>]*\?|\/[\w-]+|[\w-]+( [\w-]+="[^"<>]*")*\/?)>$/);
  }
});
