import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { postgresCredentialCrd } from '../crd/postgres-credential.ts';
import { secretPolicyCrd } from '../crd/secret-policy.ts';
import { ROOT } from '../release/project.ts';

/** A folder like `resource_customizations` of Argo CD: GROUP/KIND/health.lua. */
const SCRIPTS = join(ROOT, 'manifests', 'argo-cd', 'resource_customizations');

const GROUP = 'lockstep.dev';

/** The settings that give Argo CD the health of both kinds, as a patch of its ConfigMap. */
export function healthSettings(): string {
  const settings = [secretPolicyCrd, postgresCredentialCrd].map(({ kind }) => {
    const script = readFileSync(join(SCRIPTS, GROUP, kind, 'health.lua'), 'utf8');
    return `  resource.customizations.health.${GROUP}_${kind}: |\n${script.replaceAll(/^(?=.)/gm, '    ')}`;
  });
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: argocd-cm\ndata:\n${settings.join('')}`;
}
