import { type Command, InvalidArgumentError, Option } from 'commander';
import { addSecretOptions, lockstepNamespaceOption } from '../cli/cluster-options.ts';
import { addHelp } from '../cli/command-help.ts';
import { addConnectOptions } from '../cli/connect-options.ts';
import { addOutputOption } from '../cli/report-options.ts';
import type { Shell } from '../cli/shell.ts';
import { type SecretArgument, secretArgument, secretRefOf } from '../secret-argument/secret-argument.ts';
import type { ConnectOptions } from './connect.ts';

const HELP = {
  notes: ['Writes nothing, prints no password.'],
  examples: ['lockstep connect shop/app > credential.yaml', 'lockstep connect shop/app --connect'],
};

/** The command line of `lockstep connect`. Its modules load when it runs. */
export function addConnect(program: Command, shell: Shell, setExitCode: (code: number) => void): void {
  const command = program
    .command('connect')
    .summary('Print a PostgresCredential or RedisCredential for a Secret.')
    .description(
      'Print a PostgresCredential or RedisCredential for a Secret, with its server, and what is missing.',
    )
    .addArgument(secretArgument('<secret>'))
    .addOption(
      new Option('--keys <user,password>', 'the keys of the login, if the Secret holds several').argParser(
        keyPair,
      ),
    )
    .option('--admin-secret <name>', 'another Secret with the login of a database administrator');
  addConnectOptions(command, 'log in, to see what the server offers and what the role may do').addOption(
    lockstepNamespaceOption(),
  );
  addSecretOptions(addOutputOption(command, ['yaml', 'json'])).action(
    async (secret: SecretArgument, options: ConnectOptions) => {
      const { connectSecret } = await import('./connect.ts');
      setExitCode(await connectSecret(await secretRefOf(secret, options, shell), options, shell));
    },
  );
  addHelp(command, HELP);
}

function keyPair(text: string): NonNullable<ConnectOptions['keys']> {
  const [user = '', password = '', ...more] = text.split(',');
  if (
    more.length > 0 ||
    ![user, password].every((key) => /^[-._A-Za-z0-9]{1,253}$/.test(key)) ||
    user === password
  )
    throw new InvalidArgumentError('Write two keys, that of the user first: DB_USER,DB_PASSWORD.');
  return { user, password };
}
