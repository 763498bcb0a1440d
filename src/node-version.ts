/** What the release is built for: see `target` in scripts/build.ts, and engines of the Kubernetes client. */
const OLDEST = [22, 19] as const;

/** A sentence where this Node can't run lockstep. `version`: as Node tells it, `22.19.0`. */
export function complaintOfNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
  return isOld ? `needs Node ${OLDEST.join('.')} or newer, and this is ${version}` : undefined;
}
