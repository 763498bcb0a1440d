import type { ClusterSearch } from '../../engine/diagnosis/find-value/cluster-search.ts';
import type { FixNeeds } from '../../engine/diagnosis/find-value/fix.ts';
import { SoughtValues } from '../../engine/diagnosis/find-value/sought-values.ts';
import { permissionsFor } from '../../engine/review/own-writes/permissions.ts';
import { LockstepError } from '../../errors/errors.ts';
import { type Cluster, connect } from '../../kube/client/connect.ts';
import { findValueJson } from '../../report/find-value/find-value-json.ts';
import { type FindValueReport, findValueText } from '../../report/find-value/find-value-text.ts';
import { credentialsOfSecret, readCredentialStore } from '../adapters/credentials.ts';
import { cliContext } from '../cli/cli-context.ts';
import type { ClusterOptions } from '../cli/cluster-options.ts';
import type { Shell } from '../cli/shell.ts';
import { keepHeapSmall } from '../cli/small-heap.ts';
import { TerminalInput } from '../cli/terminal-input.ts';
import { printProblems } from '../policy-sources/cluster-policies.ts';
import { readPolicySnapshot } from '../secret-session/policy-snapshot.ts';
import { readValues } from './read-values.ts';
import { type RotateSecret, rotateFound } from './rotate-found.ts';
import { searchCluster } from './search-cluster.ts';

export interface FindValueOptions extends ClusterOptions {
  /** Undefined for all namespaces. */
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly lockstepNamespace: string;
  readonly report?: string;
  readonly rotate?: boolean;
  readonly yes?: boolean;
  readonly output?: 'text' | 'json';
}

/**
 * Finds values in a cluster, and rotates them on request. Resolves with the exit code: 0 if none was found, 1 if one
 * was, 2 if not all could be searched or rotated. Throws LockstepError if it can't begin.
 */
export async function findValue(
  options: FindValueOptions,
  shell: Shell,
  rotate: () => Promise<RotateSecret>,
): Promise<number> {
  keepHeapSmall();
  const terminal = shell.stdin.isTTY === true ? new TerminalInput(shell) : undefined;
  if (options.rotate === true && options.yes !== true && terminal === undefined)
    throw new LockstepError('BAD_OPTION', [
      '--rotate',
      'standard input is no terminal that could answer: add --yes, or give a --report on a terminal',
    ]);
  const { values, skipped } = await readValues(options.report, shell, terminal);
  const sought = new SoughtValues(values.map(({ text }) => text));
  const safeShell = withoutValues(shell, sought);
  const cluster = connect({ ...options, env: shell.env });
  const namespace = options.allNamespaces === true ? undefined : options.namespace;
  const { fixes, unknown } = await readFixes(cluster, namespace, options, safeShell);
  const search = await searchCluster(cluster, namespace, sought, fixes);
  const report: FindValueReport = {
    ...search,
    unread: [...unknown, ...search.unread],
    origins: values.map(({ origin }) => sought.redact(origin)),
    skipped,
  };
  safeShell.stdout.write(options.output === 'json' ? findValueJson(report) : findValueText(report));
  if (options.output === 'json') printProblems(report.unread, safeShell);
  const isRotated =
    options.rotate !== true ||
    (await rotateFound(report.places, { options, shell: safeShell, terminal, rotate }));
  return isRotated ? exitCodeOf(report) : 2;
}

const exitCodeOf = ({
  places,
  unread,
  skipped,
}: Pick<FindValueReport, 'places' | 'unread' | 'skipped'>): number => {
  if (unread.length + skipped.length > 0) return 2;
  return places.length > 0 ? 1 : 0;
};

/** An object, a key or a file may have a value as its name. */
function withoutValues(shell: Shell, sought: SoughtValues): Shell {
  const safe = (name: 'stdout' | 'stderr'): Shell['stdout'] => ({
    write: (text) => shell[name].write(sought.redact(text)),
    fd: shell[name].fd,
    isTTY: shell[name].isTTY,
  });
  return { ...shell, stdout: safe('stdout'), stderr: safe('stderr') };
}

/** The way to know what `lockstep rotate` changes. Without the rights, it is not known. */
async function readFixes(
  cluster: Cluster,
  namespace: string | undefined,
  { lockstepNamespace }: FindValueOptions,
  shell: Shell,
): Promise<{ readonly fixes: FixNeeds; readonly unknown: ClusterSearch['unread'] }> {
  try {
    const { policies, labelsOf, context } = await readPolicySnapshot(
      cluster,
      { namespace, lockstepNamespace, mustExist: true },
      shell,
    );
    const credentials = await readCredentialStore(cluster, namespace);
    return {
      fixes: {
        permissionsOf: (secret) => permissionsFor(secret, labelsOf(secret.namespace), policies, context),
        credentialsOf: (secret) => credentialsOfSecret(credentials, secret),
        context,
      },
      unknown: [],
    };
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LOCKSTEP_READ_FORBIDDEN') throw error;
    const context = {
      ...cliContext(shell),
      ownNamespace: lockstepNamespace,
      excludedNamespaces: new Set<string>(),
    };
    return {
      fixes: {
        permissionsOf: (secret) => permissionsFor(secret, undefined, [], { ...context, maxAction: 'Audit' }),
        credentialsOf: () => [],
        context,
      },
      unknown: [`the policies and logins that lockstep knows: ${error.message}`],
    };
  }
}
