import { execa } from 'execa';

export interface KubectlResult {
  /** Byte for byte, the last newline included. */
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface KubectlOptions {
  /** Standard input: text, or an object that is sent as JSON. */
  readonly input?: string | object | undefined;
  /** Impersonate this user. */
  readonly as?: string;
  readonly asGroups?: readonly string[];
  /** Another kubeconfig than the administrator's. */
  readonly kubeconfig?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Throw where the exit code is not 0. */
  readonly orThrow?: boolean;
}

export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>;

/** The kubectl of the testbed, as the administrator unless told otherwise. Its caches lie in `home`; with the signal it ends, and writes no more there. */
export function kubectlOf(binary: string, home: string, kubeconfig: string, signal: AbortSignal): Kubectl {
  return async (args, options = {}) => {
    const { input = '', as, asGroups = [], orThrow = false } = options;
    const flags = [
      ...(as === undefined ? [] : [`--as=${as}`]),
      ...asGroups.map((group) => `--as-group=${group}`),
    ];
    const result = await execa(binary, [...args, ...flags], {
      input: typeof input === 'string' ? input : JSON.stringify(input),
      env: {
        PATH: process.env.PATH,
        HOME: home,
        KUBECONFIG: options.kubeconfig ?? kubeconfig,
        ...options.env,
      },
      extendEnv: false,
      stripFinalNewline: false,
      reject: false,
      cancelSignal: signal,
    });
    const { stdout, stderr, exitCode } = result;
    if (exitCode === undefined) throw new Error(`kubectl ${args.join(' ')}: ${result.shortMessage}`);
    if (orThrow && exitCode !== 0)
      throw new Error(`kubectl ${args.join(' ')} exited with ${exitCode}: ${stderr}`);
    return { stdout, stderr, exitCode };
  };
}
