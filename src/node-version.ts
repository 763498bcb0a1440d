/** The target of the release: see scripts/build/launcher.ts, and `engines` of the Kubernetes client. */
const MIN_VERSION = [22, 19] as const;

/** A sentence if this Node can't run lockstep. `version` has the form of `process.versions.node`: `22.19.0`. */
export function unsupportedNodeMessage(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < MIN_VERSION[0] || (major === MIN_VERSION[0] && minor < MIN_VERSION[1]);
  return isOld ? `needs Node ${MIN_VERSION.join('.')} or newer, and this is ${version}` : undefined;
}
