import { type Command, Option } from 'commander';
import { pageUrl } from '../../engine/secret/finding/docs-url.ts';
import { addHelp } from '../cli/command-help.ts';
import { milliseconds } from '../cli/duration.ts';
import { refuseWithout } from '../cli/ignored-options.ts';
import type { Shell } from '../cli/shell.ts';
import { wholeNumber } from '../cli/whole-number.ts';
import type { InitDbOptions } from './init-db.ts';

const HELP = {
  notes: [
    'The login is that of POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB or *_FILE. It deletes no files.',
    `More: ${pageUrl('tasks/initialise-a-database.md')}`,
  ],
  examples: ['lockstep init-db --data-dir /var/lib/postgresql/data'],
};

/** The command line of `lockstep init-db`. Its modules load when it runs. */
export function addInitDb(program: Command, shell: Shell, setExitCode: (code: number) => void): void {
  const command = program
    .command('init-db')
    .summary('Make the first password of a PostgreSQL server right.')
    .description('Look before PostgreSQL starts on a volume, or make a database on a server that runs.')
    .option('--data-dir <folder>', 'its data directory (default: PGDATA)')
    .option('--major <number>', 'the release that will start there (default: PG_MAJOR)')
    .option('--secret-dir <folder>', 'mounted Secret with the login (default: the environment)')
    .option('--host <host>', 'server that runs; its database and role are made if they are missing')
    .option('--port <number>', 'its port', wholeNumber(1, 65_535), 5432)
    .addOption(
      new Option('--tls <mode>', "as libpq's sslmode")
        .choices(['disable', 'prefer', 'require', 'verify-ca', 'verify-full'])
        .default('prefer'),
    )
    .option('--ca-file <file>', 'PEM of the authority of its certificate')
    .option('--admin-dir <folder>', 'mounted Secret of a role that may make others')
    .option('--wait <time>', 'how long to wait for the server, e.g. 90s', milliseconds, 0)
    .option('--recreate', 'start again with another password')
    .option('--yes-delete-data <database>', 'with --recreate: delete this database on the server')
    .action(async (options: InitDbOptions) => {
      const { initDb } = await import('./init-db.ts');
      setExitCode(await initDb(options, shell));
    });
  const server = ['--port', '--tls', '--ca-file', '--admin-dir', '--wait', '--yes-delete-data'];
  refuseWithout(command, ['--host'], server);
  refuseWithout(command, ['--recreate'], ['--yes-delete-data']);
  addHelp(command, HELP);
}
