import { healthSettings } from './argo-cd/health-settings.ts';
import { OWN_CRDS } from './crd/credentials.ts';
import { crdText } from './crd/definition.ts';
import { floorComponent } from './floor/component.ts';
import { chartReadme } from './reference/chart-page.ts';
import { cliPage } from './reference/cli-page.ts';
import { policyPage, postgresCredentialPage, redisCredentialPage } from './reference/crd-page.ts';
import { labelsPage } from './reference/labels-page.ts';
import { rulesPage } from './reference/rules-page.ts';

/** The files that `npm run docs` writes, without the copies in the chart. */
export const generatedFiles = async (): Promise<ReadonlyMap<string, string>> =>
  new Map([
    ['docs/reference/rules.md', rulesPage()],
    ['docs/reference/policy.md', policyPage()],
    ['docs/reference/postgres-credential.md', postgresCredentialPage()],
    ['docs/reference/redis-credential.md', redisCredentialPage()],
    ['docs/reference/labels-and-annotations.md', labelsPage()],
    ['docs/reference/cli.md', cliPage()],
    ['manifests/helm/README.md', chartReadme()],
    ...OWN_CRDS.map((crd): [string, string] => [`manifests/crds/${crd.plural}.yaml`, crdText(crd)]),
    ['manifests/components/floor/floor.yaml', await floorComponent()],
    ['manifests/argo-cd/health.yaml', healthSettings()],
  ]);
