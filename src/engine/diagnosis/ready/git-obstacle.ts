import type { FieldOwner } from '../../secret/kubernetes/field-owners.ts';
import type { Secret } from '../../secret/secret.ts';
import { markedMakers } from '../uses/makers-of.ts';
import type { Obstacle } from './readiness.ts';

/** The names under which tools that apply manifests write. A person's kubectl sets a value once. */
const TOOLS = /^(argocd|argo-cd|kustomize-controller|helm|flux|fleet|kapp|rancher-fleet)/i;
/** A tool writes under this name too, if it applies on the client side. */
const CLIENT_SIDE_APPLY = 'kubectl-client-side-apply';

/**
 * A tool that applies manifests holds the password, so its next sync sets the old one again. `keepsPassword`: a policy
 * puts the stored password back. A manifest without the key leaves it alone.
 */
export function gitObstacle(
  secret: Secret,
  owners: readonly FieldOwner[],
  password: string,
  keepsPassword: boolean,
): Obstacle | undefined {
  if (keepsPassword) return undefined;
  const managers = owners.filter((owner) => owns(owner, password)).map(({ manager = '' }) => manager);
  const [marked] = markedMakers(secret).filter(({ maker }) => APPLIED.test(maker));
  const tool = managers.find((one) => TOOLS.test(one));
  const isHeld = tool !== undefined || (marked !== undefined && managers.includes(CLIENT_SIDE_APPLY));
  if (!isHeld) return undefined;
  return {
    code: 'git',
    effect: 'is-undone',
    reason: `${marked?.maker ?? tool} holds ${password}, and sets the old password again: take the key out of its manifests, or keep it by onChange in a policy`,
  };
}

const APPLIED = /^(the Helm release |HelmRelease\/|Kustomization\/|Application\/)/;

function owns({ fieldsV1 = {} }: FieldOwner, key: string): boolean {
  const data = fieldsV1['f:data'];
  return typeof data === 'object' && data !== null && Object.hasOwn(data, `f:${key}`);
}
