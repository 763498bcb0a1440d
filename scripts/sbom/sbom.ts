import type { BundledPackage } from '../build/bundled-packages.ts';

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

/** Only the fields that this file reads; npm's other fields stay. */
export interface Bom {
  readonly metadata: { readonly component: Component; readonly [field: string]: unknown };
  readonly components: readonly Component[];
  readonly dependencies?: readonly Dependency[];
  readonly [field: string]: unknown;
}

interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

/**
 * The SBOM of the program, in CycloneDX. `npm` is the output of `npm sbom` for the whole repository: hashes, licences
 * and dependencies come from it. Only the packages with code in the release remain.
 *
 * @throws Error, one sentence, if npm does not know a package of the release.
 */
export function sbomOf(
  npm: Bom,
  bundled: readonly BundledPackage[],
  system: readonly SystemPackage[] = [],
): Bom {
  const wanted = new Set(bundled.map(idOf));
  const found = new Set(npm.components.map(idOf));
  const unknown = [...wanted].find((id) => !found.has(id));
  if (unknown !== undefined) throw new Error(`npm sbom does not list ${unknown}, which is in the release`);

  const components = npm.components.filter((component) => wanted.has(idOf(component)));
  const root = rootOf(npm.metadata.component);
  const refs = new Set([root['bom-ref'], ...components.map((component) => component['bom-ref'])]);
  const dependencies = (npm.dependencies ?? [])
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
  return {
    ...npm,
    metadata: { ...npm.metadata, lifecycles: [{ phase: 'build' }], component: root },
    components: [...system.map(systemComponent), ...components],
    dependencies,
  };
}

const idOf = ({ name, version }: { name: string; version: string }): string => `${name}@${version}`;

/** npm takes the name of the folder. */
function rootOf({ properties, ...component }: Component): Component {
  return { ...component, type: 'application', name: 'lockstep' };
}

const systemComponent = (one: SystemPackage): Component => ({ 'bom-ref': one.purl ?? idOf(one), ...one });
