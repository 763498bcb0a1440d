import { writeFile } from 'node:fs/promises';
import { crdText } from './crd/definition.ts';
import { postgresCredentialCrd } from './crd/postgres-credential.ts';
import { secretPolicyCrd } from './crd/secret-policy.ts';
import { floorComponent } from './floor/component.ts';
import { writeChart } from './helm/chart.ts';
import { VALUES } from './helm/values/values.ts';
import { chartPage } from './reference/chart-page.ts';
import { cliPage } from './reference/cli-page.ts';
import { credentialPage, policyPage } from './reference/crd-page.ts';
import { labelsPage } from './reference/labels-page.ts';
import { rulesPage } from './reference/rules-page.ts';

const root = new URL('../', import.meta.url);
await writeFile(new URL('docs/reference/rules.md', root), rulesPage());
await writeFile(new URL('docs/reference/policy.md', root), policyPage());
await writeFile(new URL('docs/reference/postgres-credential.md', root), credentialPage());
await writeFile(new URL('docs/reference/labels-and-annotations.md', root), labelsPage());
await writeFile(new URL('docs/reference/cli.md', root), cliPage());
await writeFile(new URL('docs/reference/helm-values.md', root), chartPage(VALUES));
for (const crd of [secretPolicyCrd, postgresCredentialCrd])
  await writeFile(new URL(`manifests/crds/${crd.plural}.yaml`, root), crdText(crd));
await writeFile(new URL('manifests/components/floor/floor.yaml', root), await floorComponent());
// Last: the CRDs are in it.
await writeChart();
