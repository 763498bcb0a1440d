import { stringify } from 'yaml';
import { TARBALL, TARBALL_FOLDER } from './cli-package.ts';
import { DOWNLOADS, PACKAGE, REPOSITORY, VERSION } from './project.ts';

/** krew asks for a file of the plugin's name. */
export const KREW_MANIFEST = 'lockstep.yaml';

/** Not on Windows: there a link to a script can't be started. */
const SYSTEMS = ['linux', 'darwin'];

/** The manifest for krew, the package manager of kubectl plugins. `sha256` is the digest of the tarball. */
export function krewManifest(sha256: string): string {
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'lockstep' },
    spec: {
      version: `v${VERSION}`,
      homepage: REPOSITORY,
      shortDescription: 'Check and keep Secrets in sync with their database',
      description: `${PACKAGE.description}\n\nkubectl lockstep check shows before an apply which Secrets the cluster would refuse.\n`,
      caveats: `The plugin needs Node ${PACKAGE.engines.node} on the PATH.\n`,
      platforms: [
        {
          selector: { matchExpressions: [{ key: 'os', operator: 'In', values: SYSTEMS }] },
          uri: `${DOWNLOADS}/${TARBALL}`,
          sha256,
          files: [{ from: `${TARBALL_FOLDER}/*`, to: '.' }],
          bin: 'dist/lockstep.js',
        },
      ],
    },
  });
}
