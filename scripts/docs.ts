import { writeFile } from 'node:fs/promises';
import { crdText } from './crd.ts';
import { writeChart } from './helm-chart.ts';
import { policyPage } from './policy-page.ts';
import { rulesPage } from './rules-page.ts';

const root = new URL('../', import.meta.url);
await writeFile(new URL('docs/rules.md', root), rulesPage());
await writeFile(new URL('docs/policy-reference.md', root), policyPage());
await writeFile(new URL('manifests/crds/secretpolicies.yaml', root), crdText());
// Last: the CRD is in it.
await writeChart();
