import { clusterSection } from './cluster-section.ts';
import { commandSection } from './command-section.ts';
import { crdSection } from './crd-section.ts';
import { errorSection } from './error-section.ts';
import { metricSection } from './metric-section.ts';

const HEAD = `# Public surface

This page lists every public name of lockstep. Users, scripts and dashboards may depend on each of them. A changed name needs an entry in the
[changelog](../../CHANGELOG.md).

\`npm run docs\` writes this page from the code, and a test compares the two. The rules of findings are in [rules.md](rules.md).
`;

/** docs/reference/public-surface.md */
export const publicSurfacePage = (): string =>
  [HEAD, crdSection(), commandSection(), clusterSection(), metricSection(), errorSection()].join('\n');
