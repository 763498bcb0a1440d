import type { RolloutPreview } from '../../engine/workloads/rollout/preview.ts';
import { printable } from '../printable.ts';
import { plural } from '../wording.ts';

/**
 * The text for people. It is empty if no workload reads the changed keys:
 *
 *     2 workloads would be restarted, one after the other:
 *       1. Deployment/api (JWT_SECRET)
 *       2. StatefulSet/worker (JWT_SECRET)
 *     Reloader restarts when the Secret changes:
 *       Deployment/web (JWT_SECRET)
 *     not restarted:
 *       Deployment/old is paused; kubectl rollout resume restarts it
 *     keeps the old value until restarted by somebody:
 *       DaemonSet/agent (JWT_SECRET): no policy with restart: true matches the Secret
 */
export function rolloutPreviewLines({ restarts, reloads, passed, stale }: RolloutPreview): readonly string[] {
  const order = restarts.length > 1 ? ', one after the other' : '';
  return [
    ...section(
      `${plural(restarts.length, 'workload')} would be restarted${order}:`,
      restarts.map(({ workload, keys }, index) => `${index + 1}. ${workload} (${keys.join(', ')})`),
    ),
    ...section(
      'Reloader restarts when the Secret changes:',
      reloads.map(({ workload, keys }) => `${workload} (${keys.join(', ')})`),
    ),
    ...section(
      'not restarted:',
      passed.map(({ workload, reason }) => `${workload} ${reason}`),
    ),
    ...section(
      `${stale.length === 1 ? 'keeps' : 'keep'} the old value until restarted by somebody:`,
      stale.map(({ workload, keys, reason }) => `${workload} (${keys.join(', ')}): ${reason}`),
    ),
  ];
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${printable(line)}`)];
