import { clusterSection } from './cluster-section.ts';
import { crdSection } from './crd-section.ts';
import { errorSection } from './error-section.ts';
import { metricSection } from './metric-section.ts';

const HEAD = `# Public surface

This page lists every public name of lockstep. Users, scripts and dashboards may depend on each of them. A changed name needs an entry in the
[changelog](../../CHANGELOG.md).

\`npm run docs\` writes this page from the code, and a test compares the two. The rules of findings are in [rules.md](rules.md).
`;

const COMMANDS = `## Command line

[cli.md](cli.md) lists each command with its options, variables and exit codes.
`;

/** docs/reference/public-surface.md */
export const publicSurfacePage = (): string =>
  [HEAD, crdSection(), COMMANDS, clusterSection(), metricSection(), errorSection()].join('\n');
