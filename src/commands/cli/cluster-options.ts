import { type Command, InvalidArgumentError, Option } from 'commander';
import { isNamespaceName, nearestNamespaceName } from '../../engine/secret/kubernetes/name.ts';
import { refuseWithout } from './ignored-options.ts';

export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface SecretOptions extends ClusterOptions {
  /** The namespace of a Secret that is named without one. */
  readonly namespace?: string;
}

export const addClusterOptions = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'the cluster (default: as kubectl finds it)')
    .option('--context <name>', 'a context of the kubeconfig (default: its current one)');

/** The options of a command that needs no cluster, and follows the policies of one on request. */
export interface PolicyClusterOptions extends ClusterOptions {
  readonly lockstepNamespace?: string;
}

export const addPolicyClusterOptions = (command: Command): Command =>
  refuseWithout(
    command
      .option('--context <name>', 'use the policies and the limits of this cluster of the kubeconfig')
      .option('--kubeconfig <file>', 'the same, with the current context of this file')
      .addOption(lockstepNamespaceOption()),
    ['--context', '--kubeconfig'],
    ['--lockstep-namespace'],
  );

/** For a command that reads one namespace or all. As in kubectl, it may stand next to `-n`. */
export const addAllNamespaces = (
  command: Command,
  description = 'all namespaces, whatever -n says',
): Command => command.option('-A, --all-namespaces', description);

/** Whether a command that needs no cluster was given one. */
export const namesCluster = ({ context, kubeconfig }: ClusterOptions): boolean =>
  context !== undefined || kubeconfig !== undefined;

export const addSecretOptions = (command: Command): Command =>
  addClusterOptions(command.addOption(namespaceOption('namespace of the Secret (default: the current one)')));

export const namespaceOption = (description: string): Option =>
  new Option('-n, --namespace <name>', description).argParser(namespaceName);

export const lockstepNamespaceOption = (): Option =>
  new Option('--lockstep-namespace <name>', 'namespace that lockstep runs in')
    .argParser(namespaceName)
    .default('lockstep-system', 'lockstep-system');

/** An unset variable would otherwise select another namespace, or all. */
function namespaceName(name: string): string {
  if (isNamespaceName(name)) return name;
  const nearest = nearestNamespaceName(name);
  const suggestion = nearest === undefined ? '' : ` (Did you mean ${nearest}?)`;
  throw new InvalidArgumentError(`It is no name of a namespace.${suggestion}`);
}
