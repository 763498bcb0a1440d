import { type Command, Option } from 'commander';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { DOCTOR_FORMATS } from '../../report/doctor/doctor-report.ts';
import { milliseconds } from '../cli/duration.ts';
import { secretRefArgument } from '../cli/secret-ref-argument.ts';
import type { Shell } from '../cli/shell.ts';
import type { DoctorOptions } from './doctor.ts';

const HELP = `
Changes nothing, prints no password. Exit code: 0 only warnings, 1 a fault, 2 not all is known.
Examples:
  lockstep doctor shop/app
  lockstep doctor --cluster`;

/** The command line of `lockstep doctor`. Its modules load when it runs. */
export function addDoctor(program: Command, shell: Shell, setExitCode: (code: number) => void): void {
  program
    .command('doctor')
    .summary('Diagnose a Secret with its server, or the cluster.')
    .description(
      'Diagnose one Secret with its PostgreSQL server and its consumers.\nOr diagnose the cluster around lockstep: encryption, reach, certificates, rights.',
    )
    .argument('[namespace/name]', 'the Secret', secretRefArgument)
    .option('--cluster', 'look at the cluster')
    .option('--admin-secret <name>', 'another Secret with the login of a database administrator')
    .addOption(
      new Option('--connect-timeout <time>', 'limit of one login')
        .argParser(milliseconds)
        .default(5000, '5s'),
    )
    .option('--kubeconfig <file>', 'the cluster (default: as kubectl finds it)')
    .option('--context <name>', 'a context of the kubeconfig (default: its current one)')
    .option('-n, --namespace <name>', 'namespace that lockstep runs in', 'lockstep-system')
    .addOption(new Option('--format <format>', 'form of the report').choices(DOCTOR_FORMATS).default('text'))
    .addHelpText('after', HELP)
    .action(async (secret: SecretRef | undefined, options: DoctorOptions) => {
      const { doctor } = await import('./doctor.ts');
      setExitCode(await doctor(secret, options, shell));
    });
}
