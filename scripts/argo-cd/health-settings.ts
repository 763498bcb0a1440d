import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_CRDS } from '../crd/credentials.ts';
import { ROOT } from '../release/project.ts';

/** A folder like `resource_customizations` of Argo CD: GROUP/KIND/health.lua. */
const SCRIPTS = join(ROOT, 'manifests', 'argo-cd', 'resource_customizations');

const GROUP = 'lockstep.dev';

/** The settings that give Argo CD the health of lockstep's kinds, as a patch of its ConfigMap. */
export function healthSettings(): string {
  const settings = OWN_CRDS.map(({ kind }) => {
    const name = `  resource.customizations.health.${GROUP}_${kind}:`;
    // It has the status of a PostgresCredential, and so its script.
    if (kind === 'RedisCredential') return `${name} *credential\n`;
    const script = readFileSync(join(SCRIPTS, GROUP, kind, 'health.lua'), 'utf8');
    const anchor = kind === 'PostgresCredential' ? ' &credential' : '';
    return `${name}${anchor} |\n${script.replaceAll(/^(?=.)/gm, '    ')}`;
  });
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\ndata:\n${settings.join('')}`;
}
