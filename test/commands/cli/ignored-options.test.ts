import t from 'tap';
import { lockstep } from '../../helpers/commands/commands.ts';

/** Command lines whose last option would have no effect, with the option or argument that is the reason. */
const IGNORED: readonly (readonly [line: string, option: string, other: RegExp])[] = [
  ['check k8s --connect-timeout 1s', '--connect-timeout', /without --connect$/],
  ['check k8s --lockstep-namespace ops', '--lockstep-namespace', /without --context or --kubeconfig$/],
  ['render k8s --lockstep-namespace ops', '--lockstep-namespace', /without --context or --kubeconfig$/],
  ['render --external-secret --namespace shop', '--namespace', /with --external-secret$/],
  ['render --external-secret --exclude docs', '--exclude', /with --external-secret$/],
  ['render --external-secret --allow-references', '--allow-references', /with --external-secret$/],
  ['render --external-secret --in-place', '--in-place', /with --external-secret$/],
  ['render --external-secret --diff', '--diff', /with --external-secret$/],
  ['render k8s --in-place --diff', '--diff', /with --in-place$/],
  ['render - --in-place', '--in-place', /standard input is no file/],
  ['generate --lockstep-namespace ops', '--lockstep-namespace', /without --context or --kubeconfig$/],
  ['generate --replace-placeholders', '--replace-placeholders', /without --into$/],
  ['generate --into app.yaml --format json', '--format', /with --into$/],
  ['policy list --lockstep-namespace ops', '--lockstep-namespace', /without --context or --kubeconfig$/],
  ['policy show jwt-keys --lockstep-namespace ops', '--lockstep-namespace', /without --context or --kube/],
  ['policy floor --lockstep-namespace ops', '--lockstep-namespace', /without --context or --kubeconfig$/],
  ['policy test x --lockstep-namespace ops', '--lockstep-namespace', /without --context or --kubeconfig$/],
  ['audit --connect-timeout 1s', '--connect-timeout', /without --connect$/],
  ['audit --logins --selector a=b', '--selector', /with --logins$/],
  ['audit --logins --output file', '--output', /with --logins$/],
  ['audit --logins --summary', '--summary', /with --logins$/],
  ['audit --logins --format html', '--format html', /with --logins$/],
  ['audit --logins --fail-on Warn', '--fail-on Warn', /with --logins$/],
  ['doctor --namespace shop', '--namespace', /name the Secret to diagnose/],
  ['doctor --connect-timeout 1s', '--connect-timeout', /name the Secret to diagnose/],
  ['connect app --connect-timeout 1s', '--connect-timeout', /without --connect$/],
  ['uses app --all-namespaces', '--all-namespaces', /without --unused$/],
  ['uses --unused --lockstep-namespace ops', '--lockstep-namespace', /with --unused$/],
  ['heal app --connect-timeout 1s', '--connect-timeout', /without --connect$/],
  ['heal app --dry-run --timeout 1s', '--timeout', /with --dry-run$/],
  ['rollback app --dry-run --timeout 1s', '--timeout', /with --dry-run$/],
  ['rotate app --dry-run --timeout 1s', '--timeout', /with --dry-run$/],
  ['rotate app --cancel --timeout 1s', '--timeout', /with --cancel$/],
  ['rotate app --cancel --dry-run', '--dry-run', /with --cancel$/],
  ['rotate app --cancel --from-secret', '--from-secret', /with --cancel$/],
  ['certs --cert-dir certs --context prod', '--context', /with --cert-dir$/],
  ['init-db --data-dir d --port 5433', '--port', /without --host$/],
  ['init-db --data-dir d --tls disable', '--tls', /without --host$/],
  ['init-db --data-dir d --ca-file f', '--ca-file', /without --host$/],
  ['init-db --data-dir d --admin-dir f', '--admin-dir', /without --host$/],
  ['init-db --data-dir d --wait 1s', '--wait', /without --host$/],
  ['init-db --data-dir d --yes-delete-data shop', '--yes-delete-data', /without --host$/],
  ['init-db --host db --yes-delete-data shop', '--yes-delete-data', /without --recreate$/],
  ['init-db --host db --major 18', '--major', /without --data-dir$/],
  ['init-db --host db --ca-file f', '--ca-file', /--tls prefer verifies no certificate/],
  ['version --client --context prod', '--context', /with --client$/],
  ['version --client --lockstep-namespace ops', '--lockstep-namespace', /with --client$/],
];

t.test('an option that would have no effect is refused, with the reason', async (t) => {
  for (const [line, option, reason] of IGNORED) {
    const { exitCode, stdout, stderr } = await lockstep(...line.split(' '));
    t.same([exitCode, stdout], [2, ''], line);
    t.match(stderr, /^lockstep: [^\n]+\n$/, line);
    t.ok(stderr.startsWith(`lockstep: ${option}: `), `${line}: ${stderr}`);
    t.match(stderr.trim(), reason, line);
  }
});
