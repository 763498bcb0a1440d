import { denies } from '../../engine/secret/finding/finding.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import type { ManifestFileContent } from '../../manifest/read/read.ts';
import type { CheckedSecret, CheckFinding } from '../../report/check-report.ts';

/** Knows the variables that Flux replaces after a build: they are no templates that nobody rendered. */
export interface FluxVariableCheck {
  /** Must be called in the order of the Secrets. */
  readonly add: (manifest: ManifestSecret, checked: CheckedSecret) => void;
  readonly addFile: (file: ManifestFileContent) => void;
  /** The Secrets. If the run has a Kustomization that replaces variables, each variable is a note. */
  readonly withNotes: (secrets: readonly CheckedSecret[]) => readonly CheckedSecret[];
}

export function fluxVariableCheck(): FluxVariableCheck {
  const variables: ReadonlySet<string>[] = [];
  let kustomization: string | undefined;
  return {
    add: ({ fluxVariables }, { findings }) => {
      variables.push(findings.some(isAboutText) ? fluxVariables() : NONE);
    },
    addFile: ({ references }) => {
      kustomization ??= references?.substitutions[0];
    },
    withNotes: (secrets) =>
      kustomization === undefined
        ? secrets
        : secrets.map((secret, index) =>
            withNotesAbout(secret, variables[index] ?? NONE, kustomization ?? ''),
          ),
  };
}

const NONE: ReadonlySet<string> = new Set();

/** The note has this rule. */
const TEMPLATE = 'unrendered-template';

/** Rules of the API server about the text of a value. Each rule of a policy is about the value. */
const TEXT_RULES: ReadonlySet<string> = new Set([TEMPLATE, 'invalid-base64', 'typed-secret']);

const isAboutText = ({ rule, policy }: CheckFinding): boolean => policy !== undefined || TEXT_RULES.has(rule);

function withNotesAbout(
  secret: CheckedSecret,
  variables: ReadonlySet<string>,
  kustomization: string,
): CheckedSecret {
  const isReplaced = (finding: CheckFinding): boolean => variables.has(finding.key) && isAboutText(finding);
  if (!secret.findings.some(isReplaced)) return secret;
  const noted = new Set<string>();
  const findings = secret.findings.flatMap((finding) => {
    if (!isReplaced(finding)) return finding;
    if (noted.has(finding.key)) return [];
    noted.add(finding.key);
    return noteOf(finding, kustomization);
  });
  const verdict = findings.some(denies) ? secret.verdict : (secret.verdictOtherwise ?? 'allow');
  return { ...secret, findings, verdict };
}

const noteOf = (finding: CheckFinding, kustomization: string): CheckFinding => ({
  ...finding,
  rule: TEMPLATE,
  action: 'Audit',
  message: `is a variable of Flux, and Kustomization ${kustomization} replaces variables in the objects that it applies`,
  fix: 'nothing to do, if this Secret is one of them and the variable is defined: Flux stores an undefined one empty',
});
