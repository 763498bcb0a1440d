import type { Command } from 'commander';
import { DOCTOR_FORMATS } from '../../report/doctor/doctor-report.ts';
import { addSecretOptions, lockstepNamespaceOption } from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { connectTimeoutOption } from '../cli/connect-options.ts';
import { refuseGiven } from '../cli/ignored-options.ts';
import { addOutputOption } from '../cli/report-options.ts';
import type { Shell } from '../cli/shell.ts';
import { type SecretArgument, secretArgument, secretRefOf } from '../secret-argument/secret-argument.ts';
import type { DoctorOptions } from './doctor.ts';

const HELP = {
  notes: ['Changes nothing, prints no password.'],
  examples: ['lockstep doctor shop/app', 'lockstep doctor'],
};

/** The command line of `lockstep doctor`. Its modules load when it runs. */
export function addDoctor(program: Command, shell: Shell, setExitCode: (code: number) => void): void {
  const command = program
    .command('doctor')
    .summary('Diagnose a Secret with its server, or the cluster.')
    .description(
      'Diagnose one Secret with its servers and its consumers.\nWithout a Secret, diagnose the cluster around lockstep: encryption, reach, certificates, rights.',
    )
    .addArgument(secretArgument('[secret]'))
    .option('--cluster', 'look at the cluster; the default without a Secret')
    .option('--admin-secret <name>', 'another Secret with the login of a database administrator')
    .addOption(connectTimeoutOption())
    .addOption(lockstepNamespaceOption());
  refuseGiven(command, ['--admin-secret', '--connect-timeout', '--namespace'], () =>
    command.args.length === 0 ? 'name the Secret to diagnose as well' : undefined,
  );
  addSecretOptions(addOutputOption(command, DOCTOR_FORMATS)).action(
    async (secret: SecretArgument | undefined, options: DoctorOptions) => {
      const { doctor } = await import('./doctor.ts');
      setExitCode(await doctor(secret && (await secretRefOf(secret, options, shell)), options, shell));
    },
  );
  addHelp(command, HELP);
}
