/** The condition that a change of a password waits for. */
export type WaitReason =
  | { readonly kind: 'not-ready' }
  /** `workload` is `Kind/name`, and undefined before the first restart. */
  | {
      readonly kind: 'rollout';
      readonly workload?: string | undefined;
      readonly isLeftToReloader?: true | undefined;
    }
  /** A copy gets the login, and its consumers restart. `name` is `namespace/name`. */
  | { readonly kind: 'copy'; readonly name: string }
  /** An earlier rollout of the Secret ends first. */
  | { readonly kind: 'earlier-rollout' }
  /** The change of another login of the Secret ends first. */
  | { readonly kind: 'other-login' }
  /** The kubelet may still show the login from before in a volume. */
  | { readonly kind: 'propagation'; readonly role: string }
  | { readonly kind: 'sessions'; readonly role: string; readonly isNew: boolean }
  /** The login in the Secret was edited too often. */
  | { readonly kind: 'edits' }
  /** The server does not answer, refuses, or is in use by another change. `message`: a sentence. */
  | { readonly kind: 'server'; readonly message: string };

/** A sentence without a full stop. */
export const EDITED_OFTEN =
  'The login in the Secret was edited more than three times within a minute: the last password takes effect when the minute is over';

/** Completes "waiting: …". */
export function waitText(reason: WaitReason): string {
  switch (reason.kind) {
    case 'not-ready':
      return 'it is not ready';
    case 'rollout':
      if (reason.workload === undefined) return 'those that read the Secret are restarted';
      return reason.isLeftToReloader
        ? `Reloader restarts ${reason.workload}`
        : `${reason.workload} is restarted`;
    case 'copy':
      return `those that read the copy ${reason.name} are restarted`;
    case 'earlier-rollout':
      return 'those that read the Secret are still being restarted';
    case 'other-login':
      return 'another login of the Secret is being changed';
    case 'propagation':
      return `volumes may still hold the login ${reason.role}`;
    case 'sessions':
      return reason.isNew ? `${reason.role} has a session again` : `${reason.role} still has sessions`;
    case 'edits':
      return 'the login in the Secret was edited too often, and the last edit takes effect within a minute';
    case 'server':
      return reason.message;
  }
}
