import type { LoginResult } from '../../login/login-result.ts';
import type { Credential } from '../../record/credential.ts';
import type { LoginChange, LoginRecord } from '../../record/login-record.ts';
import type { SecretRecord } from '../../record/record.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import type { OtherManager } from '../../server/other-managers.ts';
import type { Strategy } from '../spec/compile.ts';
import type { LoginKeys } from './publish.ts';

/** A login that nothing is being done with, as it was found. */
export interface LoginObservation {
  readonly login: LoginRecord;
  /** What the Secret says, and the uid that it has now. */
  readonly secretCredential: Credential;
  readonly secretUid: string;
  /** Which server that is: see `LoginRecord.at`. */
  readonly serverIdentity: string;
  /** The versions of the Secret; the last one holds what is written. */
  readonly versions: SecretRecord['versions'];
  /** Of a login with what is written. */
  readonly result: LoginResult;
  /** That verdict as a sentence. */
  readonly sentence: string;
  /** Of all that is known, what opens the server instead; looked for only where what is written is refused. */
  readonly workingCredential: Credential | undefined;
  /** Undefined where nobody got in who could ask. */
  readonly server: ObservedServer | undefined;
  /** There is somebody who may change roles. */
  readonly hasAdmin: boolean;
  readonly strategy: Strategy;
  /** Why the Secret is not written: it is a copy of something. A sentence; undefined: it is. */
  readonly copyReason?: string | undefined;
  /** Whether the last to write the Secret puts old state back. */
  readonly isRestored: boolean;
  readonly isDue: boolean;
  readonly keys: LoginKeys;
  /** `lockstep rotate shop/app`: for sentences. */
  readonly rotateCommand: string;
  readonly now: Date;
  readonly newPassword: () => Sensitive;
}

export interface ObservedServer {
  readonly system: string | undefined;
  readonly timeline: number | undefined;
  /** Strategy that the one in the Secret may become. */
  readonly memberOf: readonly string[];
  /** Who else sets its password. */
  readonly otherManager?: OtherManager | undefined;
}

export type NewChange = Pick<LoginChange, 'cause' | 'from' | 'to' | 'found' | 'restores' | 'forced'>;

/** What there is to be done about it. `login`: as it is to be recorded. */
export type LoginEvaluation =
  | { readonly kind: 'in-step'; readonly login: LoginRecord }
  /** Nobody can tell at this moment. */
  | { readonly kind: 'unknown'; readonly login: LoginRecord }
  | { readonly kind: 'diverged'; readonly login: LoginRecord }
  | { readonly kind: 'begin'; readonly login: LoginRecord; readonly change: NewChange };
