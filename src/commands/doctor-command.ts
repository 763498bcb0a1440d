import { type Command, Option } from 'commander';
import { DOCTOR_FORMATS } from '../report/doctor-report.ts';
import type { DoctorOptions } from './doctor.ts';
import type { Shell } from './shell.ts';

const HELP = `
Changes nothing and prints no value; what it asks for, docs/security.md lists.
Exit code: 0 nothing but warnings, 1 something is at fault, 2 not all could be found out.
Example:
  lockstep doctor --cluster`;

/** The command line of `lockstep doctor`; what it needs is loaded when it runs. */
export function addDoctor(program: Command, shell: Shell, endWith: (code: number) => void): void {
  program
    .command('doctor')
    .summary('Look for what is wrong with the cluster around lockstep.')
    .description(
      'Look for what is wrong with the cluster around lockstep: encryption, reach, certificates, rights.',
    )
    .argument('[secret]', 'NAMESPACE/NAME of one Secret (still to come)')
    .option('--cluster', 'look at the cluster')
    .option('--kubeconfig <file>', 'the cluster (default: as kubectl finds it)')
    .option('--context <name>', 'a context of the kubeconfig (default: its current one)')
    .option('-n, --namespace <name>', 'namespace that lockstep runs in', 'lockstep-system')
    .addOption(new Option('--format <format>', 'form of the report').choices(DOCTOR_FORMATS).default('text'))
    .addHelpText('after', HELP)
    .action(async (secret: string | undefined, options: DoctorOptions) => {
      const { doctor } = await import('./doctor.ts');
      endWith(await doctor(secret, options, shell));
    });
}
