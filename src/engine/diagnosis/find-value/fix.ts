import { agreedCopy, namedSourceOf } from '../../login/copies/login-copy.ts';
import type { ServerCredential } from '../../login/credential-schema/compile.ts';
import { urlLoginIn } from '../../login/in-secret/logins.ts';
import type { Exclusions } from '../../policy/match/match.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import { type Permissions, storedEvaluation } from '../../review/own-writes/permissions.ts';
import { isObjectName } from '../../secret/kubernetes/name.ts';
import { otherManagerOf } from '../../secret/other-managers.ts';
import { ownerOf, placeOfFix } from '../../secret/owners.ts';
import type { Secret } from '../../secret/secret.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { requestRotation } from '../../versions/reconcile/requested-rotation.ts';
import type { FoundPlace } from './place.ts';

/** The way to change a value where it was found. */
export type Fix =
  /** `lockstep rotate` changes it. Without a key, it changes the login, with its server and the keys that follow. */
  | { readonly by: 'lockstep'; readonly secret: SecretRef; readonly key: string | undefined }
  /** Another tool writes the object, and would undo a change of it. */
  | { readonly by: 'owner'; readonly what: string }
  | { readonly by: 'person'; readonly what: string; readonly command: string }
  /** A copy of an earlier state, which does not count as long as nobody restores it. */
  | { readonly by: 'history'; readonly what: string; readonly command: string };

export interface FixNeeds {
  readonly permissionsOf: (secret: Secret) => Permissions;
  /** Those that keep the logins of the Secret in sync. */
  readonly credentialsOf: (secret: SecretRef) => readonly ServerCredential[];
  readonly context: Pick<EngineContext, 'now'> & Exclusions;
}

/** The labels, the annotations and the controller of any object. */
export type Ownership = Pick<Secret, 'labels' | 'annotations' | 'controller'>;

/** The fix for a key or an annotation of a Secret. */
export function fixInSecret(place: FoundPlace, secret: Secret, needs: FixNeeds): Fix {
  if (place.field.kind !== 'key') return fixInObject(place, secret);
  const { namespace, name, type } = secret;
  if (ownerOf(secret) !== undefined) return { by: 'owner', what: `set another value${placeOfFix(secret)}` };
  const rotation = rotationOf(secret, place.field.key, needs);
  if (rotation !== undefined) return rotation;
  const command = `kubectl -n ${namespace} delete secret ${name}`;
  if (type === 'helm.sh/release.v1')
    return {
      by: 'history',
      what: 'a release that Helm keeps: upgrade with another value, then delete it',
      command,
    };
  if (type === 'kubernetes.io/service-account-token')
    return { by: 'person', what: 'the API server refuses the token once its Secret is deleted', command };
  const fix = fixInObject(place, secret);
  const isConnected = needs.credentialsOf({ namespace, name }).length > 0;
  if (fix.by !== 'person' || isConnected || !isOfPostgres(secret, place.field.key)) return fix;
  return {
    by: 'person',
    what: 'lockstep changes it as soon as a PostgresCredential names the Secret',
    command: `lockstep connect ${namespace}/${name}`,
  };
}

/** The key, or a URL that repeats its value, is that of a login of a PostgreSQL server. */
function isOfPostgres(secret: Secret, key: string): boolean {
  if (/^(?:postgres(?:ql)?_?|pg)password$/i.test(key)) return true;
  const value = secret.data.get(key);
  return [...secret.data.keys()].slice(0, MAX_URLS).some((name) => {
    const login = urlLoginIn(secret, name, ['postgres']);
    return login !== undefined && (name === key || login.password.equals(value));
  });
}

const MAX_URLS = 64;

/** Undefined if `lockstep rotate` refuses the key. */
function rotationOf(secret: Secret, key: string, needs: FixNeeds): Fix | undefined {
  const permissions = needs.permissionsOf(secret);
  const { urlPositions } = storedEvaluation(permissions).plan;
  const follows = (base: string): boolean =>
    base === key ||
    urlPositions.get(base)?.some((position) => position.key === key && position.part === 'password') === true;
  const ref = { namespace: secret.namespace, name: secret.name };
  const logins = needs.credentialsOf(ref).map(({ spec }) => spec.keys.password);
  const login = logins.find(follows);
  const manager = otherManagerOf(secret);
  if (login !== undefined)
    return manager === undefined || manager.kind === 'warning'
      ? { by: 'lockstep', secret: ref, key: logins.length > 1 ? login : undefined }
      : { by: 'owner', what: manager.sentence };
  // lockstep undoes an edit of a copy.
  const source = namedSourceOf(secret);
  const copy = (source === undefined ? [] : needs.credentialsOf(source))
    .map((credential) => agreedCopy(secret, credential))
    .find((agreed) => agreed !== undefined);
  if (source !== undefined && copy !== undefined && follows(copy.keys.password))
    return { by: 'lockstep', secret: source, key: undefined };
  const { kind } = requestRotation(permissions, [key], needs.context);
  return kind === 'granted' ? { by: 'lockstep', secret: ref, key } : undefined;
}

/** The fix for a place in an earlier version, which the record of a Secret keeps. */
export const fixInRecord = ({ namespace, name }: SecretRef): Fix => ({
  by: 'history',
  what: 'later versions replace it in time; until then, a rollback to it brings the value back',
  command: `lockstep history ${namespace}/${name}`,
});

/** The fix in any object, which a tool has deployed or a person edits. */
export function fixInObject(
  { kind, namespace, name, field }: FoundPlace,
  { labels, annotations, controller }: Ownership,
): Fix {
  const object = `${kind.toLowerCase()} ${name}`;
  if (field.kind === 'annotation')
    return {
      by: 'person',
      what: 'remove the annotation',
      command: `kubectl -n ${namespace} annotate ${object} ${field.annotation}-`,
    };
  if (controller !== undefined) return { by: 'owner', what: `set another value in its owner ${controller}` };
  const source = sourceOf(labels, annotations);
  if (source !== undefined) return { by: 'owner', what: `set another value in ${source}, and apply it` };
  const command = `kubectl -n ${namespace} edit ${object}`;
  const what =
    kind === 'Secret' ? 'get another value from its issuer' : 'get another value, and move it into a Secret';
  return { by: 'person', what, command };
}

type Marks = ReadonlyMap<string, string>;

/** The place from which a tool deploys the object, by the marks of the tool. */
function sourceOf(labels: Marks, annotations: Marks): string | undefined {
  for (const [marks, mark, source] of [
    [annotations, 'meta.helm.sh/release-name', 'the values of the Helm release'],
    [labels, 'helm.toolkit.fluxcd.io/name', 'the values of the HelmRelease'],
    [labels, 'kustomize.toolkit.fluxcd.io/name', 'the source of the Flux Kustomization'],
    [labels, 'argocd.argoproj.io/instance', 'the source of the Argo CD Application'],
  ] as const) {
    const name = marks.get(mark);
    if (name !== undefined) return isObjectName(name) ? `${source} ${name}` : source;
  }
  return annotations.has('argocd.argoproj.io/tracking-id')
    ? 'the source of its Argo CD Application'
    : undefined;
}

/** The command that changes the value, or shows it. Undefined if another tool must do it. */
export function fixCommand(fix: Fix): string | undefined {
  if (fix.by !== 'lockstep') return fix.by === 'owner' ? undefined : fix.command;
  const { secret, key } = fix;
  return `lockstep rotate ${secret.namespace}/${secret.name}${key === undefined ? '' : ` --key ${key}`}`;
}
