import {
  type FoundLogin,
  findLogin,
  findRedisLogin,
  type LoginKeys,
  loginUnder,
} from '../../engine/login/in-secret/login-keys.ts';
import { loginRefusal, readLogin } from '../../engine/login/new-credential/chosen-login.ts';
import { refusalOf } from '../../engine/login/new-credential/refusal.ts';
import { type Scaffold, type ScaffoldFacts, scaffoldOf } from '../../engine/login/new-credential/scaffold.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import { readSecret } from '../../kube/secrets/stored-secrets.ts';
import { commentedYaml } from '../../manifest/write/commented-yaml.ts';
import { objectText } from '../../manifest/write/object-text.ts';
import { printable } from '../../report/printable.ts';
import type { SecretOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import { type GatherOptions, gatherInstallation, gatherScaffold, type Installation } from './gather.ts';

export interface ConnectOptions extends SecretOptions, GatherOptions {
  readonly output?: 'text' | 'yaml' | 'json';
  readonly keys?: { readonly user: string; readonly password: string };
}

/**
 * Prints a credential for each login of a Secret. Resolves with the exit code: 0 if it is complete, 1 if something is
 * missing or refused, 2 if the server gave no answer. Throws LockstepError.
 */
export async function connectSecret(
  ref: SecretRef,
  options: ConnectOptions,
  shell: Pick<Shell, 'stdout' | 'stderr' | 'env' | 'root' | 'cpu'>,
): Promise<number> {
  const cluster = connect({ ...options, env: shell.env });
  const observed = await readSecret(cluster, ref);
  if (observed === undefined) throw new LockstepError('SECRET_NOT_FOUND', [`${ref.namespace}/${ref.name}`]);
  const { secret } = observed;
  const installation = await gatherInstallation(ref, cluster, options, shell);
  const results: Connected[] = [];
  for (const found of loginsToConnect(secret, installation, options))
    results.push(await connectLogin(secret, found, installation, cluster, options));
  shell.stdout.write(
    textOf(
      results.flatMap(({ scaffold }) => scaffold ?? []),
      options,
    ),
  );
  for (const { hints } of results) printHints(hints, shell);
  return exitCodeOf(results);
}

interface Connected {
  /** Undefined if the login is refused. */
  readonly scaffold: Scaffold | undefined;
  readonly hints: readonly string[];
  readonly exitCode: number;
}

async function connectLogin(
  secret: Secret,
  { system, found }: SoughtKind,
  installation: Installation,
  cluster: Cluster,
  options: ConnectOptions,
): Promise<Connected> {
  const managing = managingOf(installation, system);
  const refusal = refusalOf(secret, installation.context, managing) ?? loginRefusal(found);
  const login = refusal === undefined ? readLogin(secret, found, installation.policies) : undefined;
  if (login === undefined) {
    const { namespace, name } = secret;
    const hint = `Secret ${namespace}/${name}: ${refusal ?? 'its login can not be read'}`;
    return { scaffold: undefined, hints: [hint], exitCode: 1 };
  }
  const { facts, isUnanswered } = await gatherScaffold(secret, login, installation, cluster, options);
  const scaffold = scaffoldOf(facts);
  const exitCode = facts.missing.length > 0 ? 1 : isUnanswered ? 2 : 0;
  return { scaffold, hints: hintsOf(facts, scaffold, options), exitCode };
}

const exitCodeOf = (results: readonly Connected[]): number => {
  const codes = results.map(({ exitCode }) => exitCode);
  return codes.includes(1) ? 1 : Math.max(...codes);
};

interface SoughtKind {
  readonly system: LoginKeys['system'];
  readonly found: FoundLogin;
}

/** A login of PostgreSQL, one of Redis, or both. One that has its credential counts only alone. */
function loginsToConnect(
  secret: Secret,
  installation: Installation,
  options: ConnectOptions,
): readonly SoughtKind[] {
  const postgres = { system: undefined, found: loginOf(secret, options) };
  const redis = { system: 'redis', found: findRedisLogin(secret) } as const;
  if (options.keys !== undefined || redis.found.kind === 'none') return [postgres];
  const isOther = postgres.found.kind === 'none' || postgres.found.kind === 'other-system';
  const all: readonly SoughtKind[] = isOther ? [redis] : [postgres, redis];
  const open = all.filter(({ system }) => managingOf(installation, system) === undefined);
  return open.length > 0 ? open : all;
}

const managingOf = ({ credentials }: Installation, system: LoginKeys['system']) =>
  credentials.find(({ kind, namesSecret }) => namesSecret && kind === serverKindOf({ system }).object);

function textOf(scaffolds: readonly Scaffold[], { output }: ConnectOptions): string {
  const [first] = scaffolds;
  if (first === undefined) return '';
  const items = scaffolds.map(({ document }) => document);
  if (output === 'json')
    return objectText(
      items.length === 1 ? first.document : { apiVersion: 'v1', kind: 'List', items },
      'json',
    );
  const texts = scaffolds.map(({ document, comments }) =>
    commentedYaml(
      document,
      comments.map(({ path, lines }) => ({ path, lines: lines.map(printable) })),
    ),
  );
  return texts.join('---\n');
}

function loginOf(secret: Secret, { keys }: ConnectOptions): FoundLogin {
  if (keys === undefined) return findLogin(secret);
  for (const key of [keys.user, keys.password])
    if (secret.data.get(key)?.isEmpty !== false)
      throw new LockstepError('BAD_OPTION', [
        '--keys',
        `Secret ${secret.namespace}/${secret.name} has no value under ${key}`,
      ]);
  return { kind: 'login', keys: loginUnder(secret, keys) };
}

/** JSON has no comments. */
function hintsOf(
  { missing }: ScaffoldFacts,
  { comments }: Scaffold,
  { output, connect: asksServer }: ConnectOptions,
): readonly string[] {
  const all = comments.flatMap(({ lines }) => lines);
  const hints = output === 'json' ? all : missing.map((line) => `Missing: ${line}`);
  return asksServer === true
    ? hints
    : [...hints, 'No login was tried: --connect shows what the server offers, and what the role may do'];
}

function printHints(hints: readonly string[], { stderr }: Pick<Shell, 'stderr'>): void {
  for (const hint of hints) stderr.write(`lockstep: ${printable(hint)}\n`);
}
