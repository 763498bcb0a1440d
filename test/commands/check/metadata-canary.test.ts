import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { FORMATS } from '../../../src/report/check/formats.ts';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aShell } from '../../helpers/commands/commands.ts';

/** A value that somebody indented under the wrong field, in each field that the API server checks. */
const manifestsWith = (canary: string): readonly object[] => {
  const text = `${canary} ${canary}`;
  const values = { 'tls.crt': canary, 'tls.key': canary, '.dockercfg': canary, '.dockerconfigjson': canary };
  const metadata = {
    labels: { app: text, long: canary.repeat(3) },
    annotations: { note: canary.repeat(10_000) },
    finalizers: [text, canary, canary],
    ownerReferences: [
      { apiVersion: `${canary}/a/b`, kind: canary, name: canary, uid: canary, controller: canary },
    ],
    uid: canary,
    resourceVersion: canary,
    creationTimestamp: canary,
    managedFields: [canary],
  };
  return ['tls', 'ssh-auth', 'basic-auth', 'dockercfg', 'dockerconfigjson', 'service-account-token'].map(
    (type) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'app', ...metadata },
      type: `kubernetes.io/${type}`,
      stringData: values,
    }),
  );
};

t.test('no finding about the form of a Secret repeats a value, in any output', async (t) => {
  const file = join(t.testdir(), 'app.yaml');
  const canary = aCanary();
  const search = canarySearcher([canary]);
  writeFileSync(
    file,
    manifestsWith(canary)
      .map((manifest) => JSON.stringify(manifest))
      .join('\n---\n'),
  );
  for (const format of FORMATS) {
    const shell = aShell();
    t.equal(await run(['check', '--format', format, file], shell), 1);
    const { stdout, stderr } = shell.printed;
    t.same(search(`${stdout}${stderr}`), [], format);
    for (const rule of ['invalid-metadata', 'typed-secret', 'invalid-certificate', 'duplicate-name'])
      t.ok(stdout.includes(rule), `${rule} in ${format}`);
  }
});
