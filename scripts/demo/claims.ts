import { findCanaries } from '../../test/helpers/canary/canary.ts';
import type { KubectlResult } from '../../test/testbed/cluster/kubectl.ts';

/** The output that a command must show. Returns the fault, or nothing. */
export type Claim = (result: KubectlResult) => string | undefined;

export const accepted: Claim = ({ exitCode }) =>
  exitCode === 0 ? undefined : `kubectl was expected to succeed, and exited with ${exitCode}`;

export const refused: Claim = ({ exitCode }) =>
  exitCode === 0 ? 'the API server was expected to refuse this, and took it' : undefined;

export const failed: Claim = ({ exitCode }) =>
  exitCode === 1 ? undefined : `the command was expected to exit with 1, and exited with ${exitCode}`;

export const silent: Claim = ({ stdout, stderr }) =>
  stdout + stderr === '' ? undefined : 'nothing was expected to be printed';

export const prints =
  (text: string): Claim =>
  ({ stdout, stderr }) =>
    (stdout + stderr).includes(text) ? undefined : `this was expected to be printed: ${text}`;

/** No eight characters in a row of any of them, however encoded. */
export const printsNoneOf =
  (values: readonly string[]): Claim =>
  ({ stdout, stderr }) => {
    const [find] = findCanaries(stdout + stderr, values);
    return find === undefined ? undefined : `a value was printed (${find.form})`;
  };
