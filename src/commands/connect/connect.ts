import { loginRefusal, readLogin } from '../../engine/connect/chosen-login.ts';
import { refusalOf } from '../../engine/connect/refusal.ts';
import { type Scaffold, type ScaffoldFacts, scaffoldOf } from '../../engine/connect/scaffold.ts';
import { type FoundLogin, findLogin, loginUnder } from '../../engine/login/login-keys.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import { connect } from '../../kube/client/connect.ts';
import { readSecret } from '../../kube/secrets/stored-secrets.ts';
import { commentedYaml } from '../../manifest/write/commented-yaml.ts';
import { objectText } from '../../manifest/write/object-text.ts';
import { printable } from '../../report/printable.ts';
import type { SecretOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import { type GatherOptions, gatherInstallation, gatherScaffold } from './gather.ts';

export interface ConnectOptions extends SecretOptions, GatherOptions {
  readonly output?: 'text' | 'yaml' | 'json';
  readonly keys?: { readonly user: string; readonly password: string };
}

/**
 * Prints a PostgresCredential for a Secret. Resolves with the exit code: 0 if it is complete, 1 if something is missing
 * or refused, 2 if the server gave no answer. Throws LockstepError.
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
  const found = loginOf(secret, options);
  const refusal = refusalOf(secret, installation.context, installation.credentialName) ?? loginRefusal(found);
  const login = refusal === undefined ? readLogin(secret, found, installation.policies) : undefined;
  if (login === undefined) {
    printHints([`Secret ${ref.namespace}/${ref.name}: ${refusal ?? 'its login can not be read'}`], shell);
    return 1;
  }
  const { facts, isUnanswered } = await gatherScaffold(secret, login, installation, cluster, options);
  const scaffold = scaffoldOf(facts);
  shell.stdout.write(textOf(scaffold, options));
  printHints(hintsOf(facts, scaffold, options), shell);
  if (facts.missing.length > 0) return 1;
  return isUnanswered ? 2 : 0;
}

function textOf({ document, comments }: Scaffold, { output }: ConnectOptions): string {
  if (output === 'json') return objectText(document, 'json');
  return commentedYaml(
    document,
    comments.map(({ path, lines }) => ({ path, lines: lines.map(printable) })),
  );
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
