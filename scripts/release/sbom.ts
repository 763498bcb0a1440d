import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BundledPackage, PACKAGES_FILE } from '../build/bundled-packages.ts';

/** A library or a program of the image that is no npm package. */
export interface SystemPackage {
  readonly type: 'library' | 'application' | 'operating-system';
  readonly name: string;
  readonly version: string;
  /** https://github.com/package-url/purl-spec */
  readonly purl?: string;
  /** The name under which vulnerabilities are published. */
  readonly cpe?: string;
}

/** Node, where a file of the release holds it. */
export const nodePackage = (version: string): SystemPackage => ({
  type: 'application',
  name: 'node',
  version,
  purl: `pkg:generic/node@${version}`,
  cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
});

type Identity = Readonly<Record<'name' | 'version', string>>;
const idOf = ({ name, version }: Identity): string => `${name}@${version}`;

/**
 * The SBOM of the release in `dist`, in CycloneDX, with the packages of the system around it. It is the output of
 * `npm sbom` without the packages that have no code in the release.
 */
export function sbomOfRelease(root: string, dist: string, system: readonly SystemPackage[] = []): object {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
  const npm = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }));
  const bundled: BundledPackage[] = JSON.parse(readFileSync(join(dist, PACKAGES_FILE), 'utf8'));
  const wanted = new Set(bundled.map(idOf));
  const components = npm.components.filter((each: Identity) => wanted.delete(idOf(each)));
  for (const id of wanted) throw new Error(`npm sbom does not list ${id}, which is in the release`);

  const { properties, ...component } = npm.metadata.component;
  const refs = new Set([component, ...components].map((each) => each['bom-ref']));
  const isReleased = (ref: string): boolean => refs.has(ref);
  const dependencies: { readonly ref: string; readonly dependsOn: readonly string[] }[] = npm.dependencies;
  return {
    ...npm,
    // npm takes the name of the folder.
    metadata: {
      ...npm.metadata,
      lifecycles: [{ phase: 'build' }],
      component: { ...component, name: 'lockstep' },
    },
    components: [...system.map((each) => ({ 'bom-ref': each.purl ?? idOf(each), ...each })), ...components],
    dependencies: dependencies
      .filter(({ ref }) => isReleased(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isReleased) })),
  };
}
