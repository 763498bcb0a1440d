import { type Command, Option } from 'commander';
import { AUDIT_FORMATS } from '../../report/audit/audit-formats.ts';
import {
  addAllNamespaces,
  addClusterOptions,
  lockstepNamespaceOption,
  namespaceOption,
} from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { addConnectOptions } from '../cli/connect-options.ts';
import { failOnOption } from '../cli/fail-on.ts';
import { refuseWith } from '../cli/ignored-options.ts';
import { repeatable } from '../cli/repeatable.ts';
import { formatOption, reportFileOption } from '../cli/report-options.ts';
import type { Shell } from '../cli/shell.ts';
import type { AuditOptions } from './audit.ts';

const HELP = {
  manualExamples: ['lockstep audit -n shop --policy policies/shop.yaml'],
};

export function addAudit(program: Command, shell: Shell, setExitCode: (exitCode: number) => void): void {
  const command = addAllNamespaces(
    program
      .command('audit')
      .description('Validate the Secrets of a cluster, and say what lockstep writes. It only reads.')
      .addOption(namespaceOption('only this namespace (default: all)')),
  )
    .option('-l, --selector <labels>', 'only the Secrets with these labels, e.g. app=shop,tier!=test')
    .addOption(
      repeatable('--policy <path>', 'SecretPolicies to try, or to replace; may be repeated').default(
        [],
        'none',
      ),
    )
    .addOption(repeatable('--no-builtin <name>', 'built-in policy to leave out; may be repeated'))
    .option('--logins', 'list the logins instead, and whether their passwords can be changed')
    .addOption(formatOption([...AUDIT_FORMATS, 'wide'], 'form'))
    .addOption(reportFileOption(AUDIT_FORMATS))
    .option('--summary', 'print only the counts', false)
    .addOption(failOnOption())
    .addOption(
      new Option('--max-action <action>', 'limit of the actions (default: as installed)').choices([
        'Enforce',
        'Warn',
        'Audit',
      ]),
    );
  addConnectOptions(command, 'log in: where a URL disagrees, or with --logins').addOption(
    lockstepNamespaceOption(),
  );
  refuseWith(command, '--logins', ['--selector', '--output', '--summary']);
  addClusterOptions(command).action(async (options: AuditOptions) => {
    if (options.logins === true) {
      const { auditLogins } = await import('./logins/logins.ts');
      return setExitCode(await auditLogins(options, shell));
    }
    const [audit, attempts] = await Promise.all([
      import('./audit.ts'),
      options.connect === true ? import('../login-attempts/try-login.ts') : undefined,
    ]);
    setExitCode(await audit.auditCluster(options, shell, attempts?.tryLogin));
  });
  addHelp(command, HELP);
}
