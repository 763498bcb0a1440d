import { join } from 'node:path';
import pg from 'pg';
import t, { type Test } from 'tap';
import { run } from '../../../src/commands/program.ts';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { aTeam, type Loose, type Team, type TeamOptions } from '../../helpers/credential/team.ts';
import { aWorld, isInStep, messageOf, untilInStep } from '../../helpers/credential/world.ts';
import { aPageShell } from '../../helpers/pages/page-shell.ts';
import { until } from '../../testbed/process/until.ts';

// Each command that the doctor, the status and the Events print is run on a situation of its own. It may not be
// refused, and afterwards Secret and server agree.
const world = await aWorld(t, { host: '127.0.0.3' });
const { cluster, postgres, controllers } = world;
const shell = await aPageShell(join(t.testdir(), 'clone'), cluster.kubeconfig);
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '0' });
const secrets: string[] = [postgres.superuser.password];
const printed: string[] = [];

const aPassword = (): string => {
  const password = aCanary(24);
  secrets.push(password);
  return password;
};

interface Situation {
  readonly options?: TeamOptions;
  /** The state in which a person asks. */
  readonly stage: (team: StagedTeam) => Promise<unknown>;
  /** The sentences of status, Event and doctor. `V` is a version. */
  readonly problem: RegExp;
  /** The commands that are printed, without the name of the Secret. */
  readonly commands: readonly string[];
  /** For the doctor. */
  readonly args?: readonly string[];
  /** A command that no message names. Its error names those that help. */
  readonly refused?: string;
}

interface StagedTeam extends Team {
  readonly password: string;
  /** The second password, which was proven too. */
  readonly newer: string;
}

const setInServer = ({ role }: Team, password: string) =>
  postgres.sql(`ALTER ROLE ${role} PASSWORD ${pg.escapeLiteral(password)}`);

/** A changed Secret is looked at at once. */
const touch = ({ place: { namespace } }: Team) =>
  cluster.mustRun(['annotate', 'secret', 'app', '-n', namespace, '--overwrite', `touched=${++touches}`]);
let touches = 0;

async function alterRole(team: Team, change: string): Promise<void> {
  await postgres.sql(`ALTER ROLE ${team.role} ${change}`);
  await touch(team);
}

async function patchAs(manager: string, { place }: Team, stringData: Readonly<Record<string, string>>) {
  const patch = ['patch', 'secret', 'app', '-n', place.namespace, `--field-manager=${manager}`];
  await cluster.mustRun([...patch, '-p', JSON.stringify({ stringData })]);
}

async function recreate({ place: { namespace }, ...team }: StagedTeam, password: string): Promise<void> {
  const old = await team.secret();
  const url = old.DATABASE_URL?.replace(encodeURIComponent(team.newer), encodeURIComponent(password));
  const stringData = { ...old, POSTGRES_PASSWORD: password, DATABASE_URL: url };
  await cluster.mustRun(['delete', 'secret', 'app', '-n', namespace]);
  await create(namespace, { apiVersion: 'v1', kind: 'Secret', stringData });
}

async function create(namespace: string, object: object): Promise<void> {
  const input = JSON.stringify({ ...object, metadata: { name: 'app', namespace } });
  await cluster.mustRun(['create', '-f', '-'], { input });
}

const FOLLOW = 'lockstep rotate NAME --from-secret';
const BACK = 'lockstep rollback NAME --to V';
const ALLOW = `kubectl -n NAMESPACE patch postgrescredential app --type merge -p 'SPEC' && ${FOLLOW}`;

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'another role in the Secret': {
    stage: (team) => team.edit({ POSTGRES_USER: `${team.role}_other` }),
    problem: /the Secret names another role than before, and its password does not open the server/,
    commands: [BACK],
    refused: FOLLOW,
  },
  'another role in the Secret, without an administrator': {
    options: { admin: false },
    stage: (team) => team.edit({ POSTGRES_USER: `${team.role}_other` }),
    problem: /the Secret names another role than before, and its password does not open the server/,
    commands: [BACK],
    refused: FOLLOW,
  },
  'a restored database': {
    stage: async (team) => {
      await setInServer(team, team.password);
      await touch(team);
    },
    problem:
      /the server has the password of version V, and the Secret that of version V\. The Secret has not changed: the server was restored, or another client set the earlier password/,
    commands: [FOLLOW, BACK],
  },
  'a Secret that was created again from an old copy, and a server with a password that nobody knows': {
    stage: async (team) => {
      await setInServer(team, aPassword());
      await recreate(team, team.password);
    },
    problem:
      /the Secret was created again with the password of version V, and the server refuses each password that the Secret is known to have held/,
    commands: [BACK, FOLLOW],
  },
  'a Secret that a backup tool restored': {
    stage: (team) => patchAs('velero-server', team, { POSTGRES_PASSWORD: team.password }),
    problem:
      /the Secret was restored from a backup with the password of version V, and the server has the password of version V/,
    commands: [BACK, FOLLOW],
  },
  'a password that another client set': {
    stage: async (team) => {
      await setInServer(team, aPassword());
      await touch(team);
    },
    problem:
      /the server refuses each password that the Secret is known to have held\. The Secret has not changed: another client has changed the role in the server/,
    commands: [FOLLOW],
  },
  'a role without a password': {
    stage: async (team) => {
      await postgres.sql(`ALTER ROLE ${team.role} PASSWORD NULL`);
      await touch(team);
    },
    problem: /the role has no password on the server \(PASSWORD NULL\)/,
    commands: [FOLLOW],
  },
  'a role that may not log in': {
    stage: (team) => alterRole(team, 'NOLOGIN'),
    problem: /the role may not log in \(NOLOGIN\)/,
    commands: ['psql SQL'],
  },
  'a password that has expired': {
    stage: (team) => alterRole(team, "VALID UNTIL '2026-01-01T00:00:00Z'"),
    problem: /the password of the role has expired on 2026-01-01T00:00:00.000Z \(VALID UNTIL\)/,
    commands: ['psql SQL'],
  },
  'a role that is gone': {
    stage: (team) => alterRole(team, `RENAME TO ${team.role}_gone`),
    problem: /the server has no such role/,
    commands: [`psql SQL && ${FOLLOW}`],
  },
  'a login that never opened its server': {
    stage: async (team) => {
      const { namespace } = team.place;
      const [{ spec }, values] = [await team.credential(), await team.secret()];
      const record = 'secret/lockstep-record-app';
      const gone = ['postgrescredential/app', 'secret/app', record, '-n', namespace];
      await cluster.mustRun(['delete', ...gone]);
      await setInServer(team, aPassword());
      await create(namespace, { apiVersion: 'v1', kind: 'Secret', stringData: values });
      await create(namespace, { apiVersion: 'lockstep.dev/v1alpha1', kind: 'PostgresCredential', spec });
    },
    problem: /no login in this Secret has opened the server yet, and the server refuses this one/,
    commands: [ALLOW],
  },
  'a password that another client set, without an administrator': {
    options: { admin: false },
    stage: async (team) => {
      await setInServer(team, aPassword());
      const { role, password } = postgres.superuser;
      const values = [`--from-literal=username=${role}`, `--from-literal=password=${password}`];
      const dba = ['create', 'secret', 'generic', 'dba', '-n', team.place.namespace, ...values];
      await cluster.mustRun(dba);
      await touch(team);
    },
    problem: /the server refuses each password that the Secret is known to have held/,
    commands: [ALLOW],
    args: ['--admin-secret', 'dba'],
  },
};

let staged = 0;

async function aSituation({ options, stage, problem }: Situation): Promise<StagedTeam> {
  const [password, newer] = [aPassword(), aPassword()];
  const made = await aTeam(world, `follow-${++staged}`, {
    admin: true,
    pods: 0,
    ...options,
    password,
  });
  const team = { ...made, password, newer };
  await untilInStep(team, [daemon]);
  await team.edit({ POSTGRES_PASSWORD: newer });
  await until('the server to follow', [daemon], async () => {
    const current = (await team.record())?.login?.current?.password;
    return current?.withPlaintext(({ text }) => text === newer) === true && isInStep(team);
  });
  await stage(team);
  // The Event is written after the status.
  await until(`${team.place.namespace} to be diverged, with an Event`, [daemon], async () => {
    const { status } = await team.credential();
    return status?.phase === 'Diverged' && problem.test(anonymous(await eventOf(team), team.place));
  });
  return team;
}

/** The text of the newest Event that tells of the divergence. */
async function eventOf({ place: { namespace } }: Team): Promise<string> {
  const { stdout } = await cluster.mustRun(['get', 'events', '-n', namespace, '-o', 'json']);
  printed.push(stdout);
  // The times of two Events can be the same second. The later write has the larger resourceVersion.
  const writtenAt = ({ metadata }: Loose): number => Number(metadata.resourceVersion);
  const events = JSON.parse(stdout).items.filter(({ reason }: Loose) => reason === 'Diverged');
  const newest = events.sort((a: Loose, b: Loose) => writtenAt(a) - writtenAt(b)).at(-1);
  return newest?.message ?? newest?.note ?? '';
}

interface Report {
  readonly status: string;
  readonly event: string;
  readonly checks: readonly { readonly check: string; readonly message: string; readonly fix: string }[];
}

async function reportOf(team: Team, args: readonly string[] = []): Promise<Report> {
  const { namespace } = team.place;
  const reported = aShell();
  const options = ['--kubeconfig', cluster.kubeconfig, '-o', 'json', ...args];
  await run(['doctor', `${namespace}/app`, ...options], reported);
  printed.push(reported.printed.stdout, reported.printed.stderr);
  return {
    status: messageOf(await team.credential(), 'Synced') ?? '',
    event: await eventOf(team),
    checks: JSON.parse(reported.printed.stdout).checks,
  };
}

/** The commands in a text: all words up to the sentence about them. */
function commandsIn(text: string): readonly string[] {
  const whole = /kubectl -n \S+ patch \S+ \S+ --type merge -p '[^']*' && lockstep rotate \S+ --from-secret/g;
  const sql = /psql -h \S+ -p \d+ -U \S+ -d \S+ -c '[^']*'(?: && lockstep rotate \S+ --from-secret)?/g;
  const single = /lockstep (?:rotate|rollback) \S+(?: --from-secret| --to \d+)/g;
  const rest = text.replaceAll(whole, '').replaceAll(sql, '');
  return [whole, sql].flatMap((form) => text.match(form) ?? []).concat(rest.match(single) ?? []);
}

const anonymous = (text: string, { namespace }: Team['place']): string =>
  text
    .replaceAll(`${namespace}/app`, 'NAME')
    .replaceAll(namespace, 'NAMESPACE')
    .replaceAll(/(version|--to) \d+/g, '$1 V')
    .replaceAll(/-p '[^']*'/g, "-p 'SPEC'")
    .replaceAll(/psql -h .* -c '[^']*'/g, 'psql SQL');

async function commandsOf(team: Team, args?: readonly string[]): Promise<readonly string[]> {
  const { status, event, checks } = await reportOf(team, args);
  const texts = [status, event, ...checks.flatMap(({ message, fix }) => [message, fix])];
  return [...new Set(texts.flatMap(commandsIn))];
}

/** An administrator types the SQL, because psql asks for the password. */
async function ends(t: Test, team: Team, command: string): Promise<void> {
  const [, sql, rest = ''] = /^psql .* -c '([^']*)'(?: && (.*))?$/.exec(command) ?? [];
  if (sql !== undefined) await postgres.sql(sql);
  const { exitCode, output } = await shell.run(sql === undefined ? command : rest);
  if (sql !== undefined) await touch(team);
  printed.push(output);
  t.equal(exitCode, 0, `${command}: ${output}`);
  secrets.push((await team.secret()).POSTGRES_PASSWORD ?? '');
  await untilInStep(team, [daemon]);
  const { checks } = await reportOf(team);
  t.match(
    checks.filter(({ check }) => ['values', 'credential', 'record', 'login'].includes(check)),
    [{ outcome: 'ok' }, { outcome: 'ok' }, { outcome: 'ok' }, { outcome: 'ok' }],
    JSON.stringify(checks),
  );
}

for (const [name, situation] of Object.entries(SITUATIONS)) {
  t.test(`${name}: each command that is printed ends it`, async (t) => {
    const { problem, commands, args, refused } = situation;
    const first = await aSituation(situation);
    const { status, event, checks } = await reportOf(first, args);
    const login = checks.find(({ check }) => check === 'login');
    for (const [where, text] of Object.entries({ status, event, doctor: login?.message ?? '' }))
      t.match(anonymous(text, first.place), problem, where);
    const found = await commandsOf(first, args);
    const expected = found.map((command) => anonymous(command, first.place));
    t.same(new Set(expected), new Set(commands), JSON.stringify({ status, event, checks }));
    if (refused !== undefined) {
      const { exitCode, output } = await shell.run(refused.replace('NAME', `${first.place.namespace}/app`));
      printed.push(output);
      t.equal(exitCode, 1, output);
      t.same(
        new Set(commandsIn(output).map((one) => anonymous(one, first.place))),
        new Set(commands),
        output,
      );
    }
    for (const [index, command] of found.entries()) {
      // One team can follow only one of them.
      const team = index === 0 ? first : await aSituation(situation);
      const again = (await commandsOf(team, args))[index];
      t.equal(anonymous(again ?? '', team.place), anonymous(command, first.place));
      await ends(t, team, again ?? '');
    }
  });
}

t.test('prints no part of a password', async (t) => {
  t.ok(printed.length > 20);
  t.same(canarySearcher(secrets.filter((value) => value.length >= 12))(printed.join('\n')), []);
});
