import { stringify } from 'yaml';
import { TARBALL, TARBALL_FOLDER } from './cli-package.ts';
import { executableArchive, executableFolder, TARGETS, type Target } from './executable.ts';
import { DOWNLOADS, PACKAGE, REPOSITORY, VERSION } from './project.ts';

/** krew asks for a file of the plugin's name. */
export const KREW_MANIFEST = 'lockstep.yaml';

/** Go's names of the machines. */
const GO_ARCH: Readonly<Record<Target['arch'], string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * The manifest for krew, the package manager of kubectl plugins. It has nothing for Windows, on which a link to a
 * script can't be started. `digestOf` gives the SHA-256 of a file of the release.
 */
export function krewManifest(digestOf: (file: string) => string): string {
  const archive = (file: string): object => ({ uri: `${DOWNLOADS}/${file}`, sha256: digestOf(file) });
  return stringify({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'lockstep' },
    spec: {
      version: `v${VERSION}`,
      homepage: REPOSITORY,
      shortDescription: 'Check and keep Secrets in sync with their database',
      description: `${PACKAGE.description}\n\nkubectl lockstep check shows before an apply which Secrets the cluster would refuse.\n`,
      caveats: `On macOS the plugin needs Node ${PACKAGE.engines.node} on the PATH.\nOn Linux it needs glibc 2.28 or newer, libstdc++ and libatomic.\n`,
      platforms: [
        ...TARGETS.map((target) => ({
          selector: { matchLabels: { os: 'linux', arch: GO_ARCH[target.arch] } },
          ...archive(executableArchive(target)),
          files: [{ from: `${executableFolder(target)}/*`, to: '.' }],
          bin: 'lockstep',
        })),
        {
          selector: { matchLabels: { os: 'darwin' } },
          ...archive(TARBALL),
          files: [{ from: `${TARBALL_FOLDER}/*`, to: '.' }],
          bin: 'dist/lockstep.js',
        },
      ],
    },
  });
}
